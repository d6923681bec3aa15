//! `generate`: large files for measuring.

use crate::ending::Failure;
use azflow_engine::example::{BulkKind, bulk, bulk_table, open_estate};
use clap::{Args, ValueEnum};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  azflow generate --kind vnet --bytes 100000000 --out large.json
  azflow generate --kind nta --rows 500000 --out flows.csv";

/// Write a flow log or a table of flows, for measuring
///
/// The log has about so many bytes, the table so many rows. The same arguments give the same file.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Generate {
    /// What is written
    #[arg(long, value_enum)]
    kind: Kind,

    /// The flow log's size
    #[arg(long, value_name = "N", required_if_eq_any([("kind", "nsg-v2"), ("kind", "vnet"), ("kind", "broad"), ("kind", "ends"), ("kind", "open")]))]
    bytes: Option<u64>,

    /// The table's rows
    #[arg(long, value_name = "N", required_if_eq("kind", "nta"), conflicts_with = "bytes")]
    rows: Option<u64>,

    /// Where it is written
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// NSG flow log, version 2
    NsgV2,
    /// Virtual network flow log
    Vnet,
    /// NSG flow log of as many conversations as tuples, between the hosts of sixty subnets
    Broad,
    /// NSG flow log in which each flow is logged by the NICs of its two ends
    Ends,
    /// Virtual network flow log of an estate that the internet calls, with few tuples to a record
    Open,
    /// Table of Traffic Analytics
    Nta,
}

impl Generate {
    pub fn run(self) -> Result<(), Failure> {
        self.write().map_err(|error| Failure::Unreadable(format!("{}: {error}", self.out.display())))
    }

    fn write(&self) -> io::Result<()> {
        let mut out = BufWriter::new(File::create(&self.out)?);
        let kind = match self.kind {
            Kind::NsgV2 => BulkKind::NsgV2,
            Kind::Vnet => BulkKind::Vnet,
            Kind::Broad => BulkKind::Broad,
            Kind::Ends => BulkKind::Ends,
            Kind::Open => {
                open_estate(self.bytes.unwrap_or_default(), &mut out)?;
                return out.flush();
            }
            Kind::Nta => {
                bulk_table(self.rows.unwrap_or_default(), &mut out)?;
                return out.flush();
            }
        };
        bulk(kind, self.bytes.unwrap_or_default(), &mut out)?;
        out.flush()
    }
}
