//! `kql`: queries that compute flow records where the data is.

use crate::arguments::{Inputs, filter, time};
use crate::console::Console;
use crate::ending::Failure;
use crate::inputs;
use azflow_core::model::UnixMillis;
use azflow_engine::export::{self, Known, comment, kql};
use azflow_engine::filter::Filter;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  azflow kql --from nta --start 2026-10-01 --end 2026-10-08
  azflow kql --from blobs --start 2026-10-01T06:00:00Z --end 2026-10-01T12:00:00Z --filter 'src:10.1.0.0/16 port:443'";

/// Print queries that compute flow records where the data is
///
/// One query a day, for a Log Analytics workspace or Azure Data Explorer. Export their results as CSV and read those
/// with azflow. A row of a table (nta, ana) adds up an hour or ten minutes: times finer than an hour are rounded to whole
/// hours there, and the query says so and by which filter to read its result.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Kql {
    /// Where the data is
    #[arg(long, value_enum, value_name = "ORIGIN")]
    from: Origin,

    /// The first moment, UTC; a day stands for its beginning
    #[arg(long, value_name = "TIME", value_parser = time)]
    start: UnixMillis,

    /// The moment after the last, UTC
    #[arg(long, value_name = "TIME", value_parser = time)]
    end: UnixMillis,

    /// Only what passes this filter, as far as a query can say it (docs/FILTER.md)
    #[arg(long, value_name = "TEXT", value_parser = filter, allow_hyphen_values = true)]
    filter: Option<Filter>,

    /// A description of the network: the queries carry the names of its subnets
    #[arg(long, value_name = "FILE")]
    network: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Origin {
    /// The table NTANetAnalytics: virtual network flow logs
    Nta,
    /// The table AzureNetworkAnalytics_CL: NSG flow logs
    Ana,
    /// Raw blobs of virtual network flow logs, from Azure Data Explorer
    Blobs,
    /// Raw blobs of NSG flow logs, from Azure Data Explorer
    NsgBlobs,
}

impl Kql {
    pub fn run(self, console: &mut Console) -> Result<(), Failure> {
        if self.start >= self.end {
            return Err(Failure::Usage("--start is not before --end".to_owned()));
        }
        let origin = match self.from {
            Origin::Nta => export::Origin::Nta,
            Origin::Ana => export::Origin::Ana,
            Origin::Blobs => export::Origin::Blobs,
            Origin::NsgBlobs => export::Origin::NsgBlobs,
        };
        let mut engine = inputs::load(&Inputs { network: self.network, ..Inputs::default() }, &[], console)?;
        let filter = self.filter.unwrap_or_default();
        let written = kql(origin, (self.start, self.end), &Known::of(engine.network()), &filter);
        let mut out = String::new();
        for term in &written.unsaid {
            out.push_str(&comment(&format!("not in the queries: {term}")));
        }
        for (window, query) in written.queries {
            out.push_str(&format!("// {window}\n{query}\n"));
        }
        console.print(&out)
    }
}
