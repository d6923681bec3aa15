//! The native twin of the page: the same core, from the command line.

mod files;
mod flows;
mod kql;
mod network;
mod rules;
mod summarize;

use azflow::example::{self, BulkKind, bulk, bulk_table};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "\
usage: azflow summarize [--mode conversations|as-logged] [--prefix4 24] [--prefix6 64]
                        [--date-order day-first|month-first] [--column 'Heading=column']…
                        [--every-row decision=allowed|denied] [--every-row time=2026-10-01]
                        [--network FILE]… FILE…
       azflow flows [--filter TEXT] [--mode conversations|as-logged] [--prefix4 24] [--prefix6 64] [--network FILE]…
                    [--format csv|json] [--columns NAME,…] [--sort NAME,-NAME,…] FILE…
       azflow network FILE…
       azflow decide --network FILE [--rules FILE] --src A --dst B [--protocol tcp] [--port N] [FILE…]
       azflow audit --network FILE… [--rules FILE] [--format json|csv] FILE…
       azflow draft [--network FILE]… [--scope subnet|host|mixed] [--outbound]
                    [--ports each|lists|GAP] [--merge-sources] [--least-flows N]
                    [--deny-priority 4000] [--keep-icmp] [--special] [--prefix4 24]
                    [--review FILE] [--only-needed]
                    [--format json|az|bicep|arm|terraform|powershell|csv] FILE…
       azflow simulate [--network FILE]… [--rules FILE] [--against FILE] [--review FILE] [--prefix4 24]
                       [--format json|csv] FILE…
       azflow kql --from nta|ana|blobs|nsg-blobs --start 2026-10-01 --end 2026-10-08 [--network FILE]
                  [--filter 'src:10.1.0.0/16 port:443']
       azflow scan FILE
       azflow generate --kind nsg-v2|vnet|broad|ends --bytes N --out FILE
       azflow generate --kind nta --rows N --out FILE
       azflow example --out FOLDER

summarize prints the summary document of the given files. A folder stands for all files below
it, named by their path from the folder's own name on, as in a browser; a file is named by its
base name; zip archives stand for the files in them. --network names a description of the network,
which may as well be among the other files. --column says what a column of tables of flows holds
whose heading azflow does not know, --every-row what counts for every row of a table without a column for it,
--date-order how dates like 3/4/2026 are read where no row tells.
flows prints the list of conversations that the page shows, in the page's columns and order (latest
first) unless told otherwise; a - before a name sorts the largest first. network prints what was understood of such
descriptions. decide says which rule decides a flow, stage by stage, and what the logs say of it. audit looks for what is wrong
with the groups on file. draft makes rules of the traffic that was allowed. simulate says what the
groups of --rules, over those on file, would do to the traffic, and what differs --against another set. kql prints queries, one a day, that
compute flow records where the data is; export their results as CSV and load those. scan prints the milliseconds that
scanning a file takes, reading it and everything behind not included. generate writes a flow log of about N bytes,
or a table of Traffic Analytics with N rows, for measuring. example writes the files
of the page's built-in example.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.split_first() {
        Some((verb, rest)) if verb == "summarize" => summarize::summarize(rest),
        Some((verb, rest)) if verb == "flows" => flows::run(rest),
        Some((verb, rest)) if verb == "kql" => kql::run(rest),
        Some((verb, rest)) if verb == "scan" => files::scan_only(rest),
        Some((verb, rest)) if verb == "network" => network::network(rest),
        Some((verb, rest)) if ["decide", "audit", "draft", "simulate"].contains(&verb.as_str()) => {
            rules::run(verb, rest)
        }
        Some((verb, rest)) if verb == "generate" => generate(rest),
        Some((verb, rest)) if verb == "example" => write_example(rest),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "{message}");
            ExitCode::FAILURE
        }
    }
}

/// The value behind an option.
fn option<'a>(arguments: &'a [String], name: &str) -> Result<&'a str, String> {
    let mut pairs = arguments.iter().zip(arguments.iter().skip(1));
    pairs.find(|(n, _)| *n == name).map(|(_, v)| v.as_str()).ok_or(format!("{name} is missing\n{USAGE}"))
}

fn generate(arguments: &[String]) -> Result<(), String> {
    let kind = match option(arguments, "--kind")? {
        "nsg-v2" => Some(BulkKind::NsgV2),
        "vnet" => Some(BulkKind::Vnet),
        "broad" => Some(BulkKind::Broad),
        "ends" => Some(BulkKind::Ends),
        "nta" => None,
        other => return Err(format!("--kind is nsg-v2, vnet, broad, ends or nta, not {other}")),
    };
    let size = option(arguments, if kind.is_some() { "--bytes" } else { "--rows" })?;
    let size = size.parse().map_err(|_| format!("not a number: {size}"))?;
    let path = option(arguments, "--out")?;
    let write = || {
        let mut out = BufWriter::new(File::create(path)?);
        match kind {
            Some(kind) => bulk(kind, size, &mut out)?,
            None => bulk_table(size, &mut out)?,
        }
        out.flush()
    };
    write().map_err(|e| format!("{path}: {e}"))
}

fn write_example(arguments: &[String]) -> Result<(), String> {
    let folder = Path::new(option(arguments, "--out")?);
    for index in 0..example::FILES {
        let (name, bytes) = example::file(index);
        let path = folder.join(name);
        let write = || {
            std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
            std::fs::write(&path, bytes)
        };
        write().map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}
