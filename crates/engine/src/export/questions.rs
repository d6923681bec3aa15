//! Questions that practitioners ask of flow logs: where azflow answers each for what is loaded, and a query
//! that asks the same of a Log Analytics workspace.
//!
//! Both tables of Traffic Analytics are brought to the same columns first, so each question is written once.

use super::kql::whole_hours;
use super::origin::{Origin, rows_of_ana, rows_of_nta};
use azflow_core::model::UnixMillis;

/// The screen that answers a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Pairs of subnets and their details.
    Matrix,
    /// The table of conversations.
    Flows,
    /// Security rules: what is in force, what could be.
    Rules,
    /// Networks, peerings, NICs.
    Network,
    /// Sources and coverage.
    Data,
}

/// A question.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// Names it: `subnet-pairs`.
    pub id: &'static str,
    /// Where it is answered.
    pub place: Place,
    /// With which filter.
    pub filter: &'static str,
    body: &'static str,
}

/// The questions, in the order in which they are offered.
pub const QUESTIONS: [Question; 15] = [
    Question {
        id: "subnet-pairs",
        place: Place::Matrix,
        filter: "",
        body: "\
flows
| summarize Allowed = sum(Allowed), Denied = sum(Denied), Bytes = sum(BytesThere + BytesBack) by SrcSubnet, DestSubnet
| order by Bytes desc",
    },
    Question {
        id: "east-west",
        place: Place::Flows,
        filter: "path:within-network,across-peering,without-peering,unmapped-private decision:allowed",
        body: "\
flows
| where FlowType in (\"IntraVNet\", \"InterVNet\", \"UnknownPrivate\") and SrcSubnet != DestSubnet and Allowed > 0
| summarize Flows = sum(Allowed), Sources = dcount(Src), Destinations = dcount(Dest), Last = max(Time)
    by SrcSubnet, DestSubnet, Protocol, Port
| order by Flows desc",
    },
    Question {
        id: "ports",
        place: Place::Flows,
        filter: "",
        body: "\
flows
| summarize Allowed = sum(Allowed), Denied = sum(Denied), Ports = make_set(Port, 200)
    by SrcSubnet, DestSubnet, Protocol, Direction, Acl, Rule
| order by SrcSubnet asc, DestSubnet asc, Allowed desc",
    },
    Question {
        id: "denied",
        place: Place::Matrix,
        filter: "decision:denied",
        body: "\
flows
| where Denied > 0
| summarize Denied = sum(Denied), Ports = make_set(Port, 50), Last = max(Time) by SrcSubnet, DestSubnet, Direction, Acl, Rule
| order by Denied desc",
    },
    Question {
        id: "unused-rules",
        place: Place::Rules,
        filter: "",
        body: "\
// Rules that decided something; those of the group that are missing here never did in this window.
flows
| summarize Flows = sum(Allowed + Denied), First = min(Time), Last = max(Time) by Acl, Rule, Direction
| order by Flows asc",
    },
    Question {
        id: "exposure",
        place: Place::Matrix,
        filter: "src:Internet decision:allowed",
        body: "\
flows
| where FlowType in (\"ExternalPublic\", \"MaliciousFlow\", \"AzurePublic\") and Direction == \"in\" and Allowed > 0
| summarize Flows = sum(Allowed), From = make_set(Src, 50), Rules = make_set(Rule, 20) by DestSubnet, Dest, Protocol, Port, FlowType
| order by Flows desc",
    },
    Question {
        id: "azure-egress",
        place: Place::Matrix,
        filter: "path:azure-service",
        body: "\
flows
| where FlowType == \"AzurePublic\" and Direction == \"out\"
| summarize Flows = sum(Allowed), Bytes = sum(BytesThere + BytesBack) by SrcSubnet, Region, Protocol, Port
| order by Bytes desc",
    },
    Question {
        id: "outside-azure",
        place: Place::Matrix,
        filter: "path:internet",
        body: "\
flows
| where FlowType in (\"ExternalPublic\", \"MaliciousFlow\")
| extend Subnet = iff(Direction == \"in\", DestSubnet, SrcSubnet), Outside = iff(Direction == \"in\", Src, Dest)
| summarize Allowed = sum(Allowed), Denied = sum(Denied), Bytes = sum(BytesThere + BytesBack), Countries = make_set(Country, 30)
    by Subnet, Direction
| order by Bytes desc",
    },
    Question {
        id: "subscriptions",
        place: Place::Network,
        filter: "",
        body: "\
flows
| where isnotempty(SrcSubscription) and isnotempty(DestSubscription) and SrcSubscription != DestSubscription
| summarize Allowed = sum(Allowed), Denied = sum(Denied), Bytes = sum(BytesThere + BytesBack)
    by SrcSubscription, DestSubscription, SrcSubnet, DestSubnet
| order by Bytes desc",
    },
    Question {
        id: "one-machine",
        place: Place::Flows,
        filter: "",
        body: "\
let machine = \"10.0.0.4\"; // its address
flows
| where Src == machine or Dest == machine
// Both ends log a conversation: of each the larger counter counts.
| summarize There = sum(BytesThere), Back = sum(BytesBack) by Src, Dest, Protocol, Port, Mac, Direction
| summarize There = max(There), Back = max(Back) by Src, Dest, Protocol, Port
| summarize Sent = sumif(There, Src == machine) + sumif(Back, Dest == machine),
    Received = sumif(Back, Src == machine) + sumif(There, Dest == machine)",
    },
    Question {
        id: "on-premises",
        place: Place::Matrix,
        filter: "path:unmapped-private",
        body: "\
flows
| where FlowType in (\"S2S\", \"P2S\") and Direction == \"out\"
| summarize Flows = sum(Allowed), Bytes = sum(BytesThere + BytesBack) by Dest, Port, bin(Time, 1h)
| order by Time asc, Bytes desc",
    },
    Question {
        id: "load-balancer",
        place: Place::Flows,
        filter: "src:Internet dir:in",
        body: "\
flows
| where isnotempty(DestLoadBalancer) and Direction == \"in\"
| summarize Flows = sum(Allowed), Bytes = sum(BytesThere + BytesBack) by DestLoadBalancer, Port, Dest
| order by DestLoadBalancer asc, Port asc, Flows desc",
    },
    Question {
        id: "raw-record",
        place: Place::Matrix,
        filter: "",
        body: "\
flows
| summarize Flows = sum(Allowed + Denied) by Time = bin(Time, 1h), Mac, Acl
| extend Blob = strcat(\"y=\", format_datetime(Time, \"yyyy\"), \"/m=\", format_datetime(Time, \"MM\"),
    \"/d=\", format_datetime(Time, \"dd\"), \"/h=\", format_datetime(Time, \"HH\"), \"/m=00/macAddress=\",
    replace_string(toupper(Mac), \"-\", \"\"), \"/PT1H.json\")
| order by Time asc, Mac asc",
    },
    Question {
        id: "coverage",
        place: Place::Data,
        filter: "",
        body: "\
flows
| summarize Hours = dcount(bin(Time, 1h)), First = min(Time), Last = max(Time), Flows = sum(Allowed + Denied) by Mac
| extend Missing = datetime_diff(\"hour\", Last, First) + 1 - Hours
| order by Missing desc",
    },
    Question {
        id: "default-rules",
        place: Place::Flows,
        filter: "by:default",
        body: "\
// What the default allow lets through; whether a rule of its own does so at the other end, too, the page tells.
flows
| where Rule has_any (\"allowvnetinbound\", \"allowvnetoutbound\") and Allowed > 0
| summarize Flows = sum(Allowed), Ports = make_set(Port, 100), Last = max(Time) by Acl, Rule, SrcSubnet, DestSubnet, Protocol
| order by Flows desc",
    },
];

/// Both tables have the same names here. A sum with a blank count in it would be blank.
macro_rules! columns {
    ($acl:literal, $rule:literal) => {
        concat!(
            "\
| project Time = FlowIntervalStartTime, FlowType, Src = iff(isempty(SrcIp), SrcPublicIps, SrcIp),
    Dest = iff(isempty(DestIp), DestPublicIps, DestIp), Port = DestPort, Protocol = L4Protocol,
    Direction = iff(FlowDirection startswith \"I\", \"in\", \"out\"), Mac = MacAddress, Acl = ",
            $acl,
            ", Rule = ",
            $rule,
            ",
    SrcSubnet, DestSubnet, SrcSubscription, DestSubscription, DestLoadBalancer, Country, Region = AzureRegion,
    Allowed = coalesce(AllowedInFlows, 0) + coalesce(AllowedOutFlows, 0),
    Denied = coalesce(DeniedInFlows, 0) + coalesce(DeniedOutFlows, 0),
    BytesThere = coalesce(BytesSrcToDest, 0), BytesBack = coalesce(BytesDestToSrc, 0);
"
        )
    };
}

const NTA: &str = concat!("let flows = ", rows_of_nta!(), columns!("AclGroup", "AclRule"));

const ANA: &str = concat!("let flows = ", rows_of_ana!(), columns!("NsgList", "NsgRule"));

impl Question {
    /// The query that asks it of a workspace, over the hours that a window touches or, without one, the last seven
    /// days: a row has the time of its interval's beginning, so part of an hour would lose the whole. Raw blobs are
    /// asked as VNet flow logs' own table is.
    pub fn kql(&self, origin: Origin, window: Option<(UnixMillis, UnixMillis)>) -> String {
        let head = match window {
            Some((first, last)) => {
                let (start, end) = whole_hours(first, UnixMillis(last.0 + 1));
                format!("let start = datetime({});\nlet end = datetime({});\n", start.to_iso(), end.to_iso())
            }
            None => "let start = bin(ago(7d), 1h);\nlet end = now();\n".to_owned(),
        };
        let table = if origin == Origin::Ana { ANA } else { NTA };
        format!("{head}{table}{}\n", self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::parse;

    #[test]
    fn every_filter_is_in_its_canonical_form_and_every_question_has_a_name_of_its_own() {
        let mut seen = std::collections::BTreeSet::new();
        for question in QUESTIONS {
            assert!(seen.insert(question.id), "{}", question.id);
            assert_eq!(parse(question.filter).unwrap().to_string(), question.filter, "{}", question.id);
        }
    }
}
