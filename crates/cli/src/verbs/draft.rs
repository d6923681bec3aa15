//! `draft`: rules out of the traffic that was allowed.

use crate::arguments::{Inputs, Prefixes};
use crate::console::Console;
use crate::ending::Failure;
use crate::inputs::{self, take_review};
use azflow_engine::export::{self, Part, Stage, rules_document, rules_table, write_part};
use azflow_engine::rules::{DraftOptions, PortMerge, PrefixMerge, Scope};
use azflow_engine::session::DraftAsk;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  azflow draft --network vnets.json logs > draft.json
  azflow draft --network vnets.json --review azflow-review.json --only-needed --format bicep logs
  azflow draft --prefix4 28 --scope mixed --ports 5 --format az logs
  azflow draft --network vnets.json --network nsgs.json --format az --stage allows logs > 1-allows.sh
  azflow draft --network vnets.json --network nsgs.json --format az --rollback logs > rollback.sh";

/// Make rules of the traffic that was allowed
///
/// The groups allow just what was seen and allowed, each rule with its evidence. The knobs are described in
/// docs/RULES.md.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Draft {
    #[command(flatten)]
    inputs: Inputs,

    #[command(flatten)]
    prefixes: Prefixes,

    /// What rules name
    #[arg(long, value_enum, default_value_t = ScopeName::Subnet)]
    scope: ScopeName,

    /// Draft groups for the sources' outbound side, too
    #[arg(long)]
    outbound: bool,

    /// A rule for each port, lists of ports, or ranges over gaps of so many ports
    #[arg(long, value_name = "each|lists|GAP", value_parser = ports, default_value = "lists")]
    ports: PortMerge,

    /// Subnets with the same ports share a rule
    #[arg(long)]
    merge_sources: bool,

    /// Conversations with fewer flows seed no rule
    #[arg(long, value_name = "N", default_value_t = DraftOptions::default().least_flows)]
    least_flows: u64,

    /// The priority of the rule that denies the rest
    #[arg(long, value_name = "N", default_value_t = DraftOptions::default().deny_priority, value_parser = clap::value_parser!(u16).range(101..=4096))]
    deny_priority: u16,

    /// Leave ICMP of the virtual network allowed, which NSG flow logs don't show
    #[arg(long)]
    keep_icmp: bool,

    /// Draft groups for subnets that Azure reserves, too, where it takes any
    #[arg(long)]
    special: bool,

    /// A review, as JSON or as the table for owners: what is needed seeds a rule, what is not needed seeds none
    #[arg(long, value_name = "FILE")]
    review: Option<PathBuf>,

    /// Only what the review calls needed seeds a rule
    #[arg(long)]
    only_needed: bool,

    /// With a review: what nobody decided on seeds rules too
    #[arg(long, conflicts_with = "only_needed")]
    undecided: bool,

    /// Deny the rest also where nothing was logged; who talks there is not known then
    #[arg(long)]
    unlogged: bool,

    /// Take away allowances in force that nothing was seen to need
    #[arg(long)]
    drop_unused: bool,

    /// Give each subnet whose group is at other places, too, a group of its own in its stead
    #[arg(long)]
    split_shared: bool,

    /// azflow's own document, or what other tools deploy
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,

    /// One of two files of what other tools deploy: first what only opens, later denials and removals
    #[arg(long, value_enum)]
    stage: Option<StageName>,

    /// The file that brings back what is on file now, of the whole draft or of a stage
    #[arg(long)]
    rollback: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum StageName {
    /// Nothing is denied after it that was allowed before
    Allows,
    /// Denials, rules that shrink, removals
    Deny,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ScopeName {
    /// Whole subnets
    Subnet,
    /// Single addresses
    Host,
    /// Single addresses where four or fewer of a subnet were seen
    Mixed,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "lower")]
enum Format {
    /// azflow.rules/1
    Json,
    /// A script for az
    Az,
    /// A Bicep file
    Bicep,
    /// An ARM template
    Arm,
    /// A Terraform file, rules as blocks of their group
    Terraform,
    /// A Terraform file, each rule a resource of its own
    #[value(name = "terraform-rules")]
    TerraformRules,
    /// A script for Az PowerShell
    PowerShell,
    /// A table
    Csv,
}

impl Draft {
    pub fn run(self, console: &mut Console) -> Result<(), Failure> {
        if (self.rollback || self.stage.is_some()) && matches!(self.format, Format::Json | Format::Csv) {
            let why = "--stage and --rollback are of what other tools deploy: give another --format";
            return Err(Failure::Usage(why.to_owned()));
        }
        self.inputs.check_standard_input(&[&self.review])?;
        let mut engine = inputs::load(&self.inputs, &[], console)?;
        inputs::tell_without_logs(&mut engine, console);
        if let Some(review) = &self.review {
            take_review(&mut engine, review)?;
        }
        let traffic = engine.traffic();
        let ask = DraftAsk {
            view: self.prefixes.view(),
            marks: 0,
            options: self.options(),
            only_needed: self.only_needed,
            undecided: self.undecided,
        };
        let made = engine.reviewed_draft(&ask);
        let draft = made.as_ref().as_ref().map_err(|error| Failure::Refused(error.to_string()))?;
        let format = match self.format {
            Format::Json => {
                let outcomes = engine.draft_outcomes(&ask);
                return console.print(&rules_document(draft, &traffic, outcomes.as_ref()));
            }
            Format::Az => export::Format::Az,
            Format::Bicep => export::Format::Bicep,
            Format::Arm => export::Format::Arm,
            Format::Terraform => export::Format::Terraform,
            Format::TerraformRules => export::Format::TerraformRules,
            Format::PowerShell => export::Format::PowerShell,
            Format::Csv => return console.print(&rules_table(draft, engine.draft_outcomes(&ask).as_ref())),
        };
        let stage = self.stage.map(|stage| match stage {
            StageName::Allows => Stage::Allows,
            StageName::Deny => Stage::Deny,
        });
        console.print(&write_part(draft, format, Part { stage, rollback: self.rollback }))
    }

    fn options(&self) -> DraftOptions {
        DraftOptions {
            scope: match self.scope {
                ScopeName::Subnet => Scope::Subnet,
                ScopeName::Host => Scope::Host,
                ScopeName::Mixed => Scope::Mixed,
            },
            ports: self.ports,
            prefixes: if self.merge_sources { PrefixMerge::Lists } else { PrefixMerge::None },
            outbound: self.outbound,
            least_flows: self.least_flows,
            deny_priority: self.deny_priority,
            keep_icmp: self.keep_icmp,
            special: self.special,
            unlogged: self.unlogged,
            drop_unused: self.drop_unused,
            split_shared: self.split_shared,
            ..DraftOptions::default()
        }
    }
}

fn ports(text: &str) -> Result<PortMerge, String> {
    Ok(match text {
        "each" => PortMerge::None,
        "lists" => PortMerge::Lists,
        gap => PortMerge::Ranges(gap.parse().map_err(|_| "it is each, lists or a gap in ports")?),
    })
}
