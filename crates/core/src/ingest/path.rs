//! What a source's path says about it, where it is Azure's: resource, hour, NIC. Checked against the
//! content, which counts: a file that lies in the wrong folder was probably moved or renamed.

use super::{Issue, IssueCode, Part};
use crate::model::UnixMillis;

/// What the path says. FORMATS, sections 1 and 2.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct PathFacts {
    /// The NSG's resource id, as in the path; the flow log's for VNet logs.
    pub resource: Option<String>,
    /// Hours since 1970.
    pub hour: Option<u32>,
    /// The NIC: twelve hexadecimal digits in upper case.
    pub mac: Option<String>,
}

impl PathFacts {
    /// Reads a path; parts that are not Azure's say nothing.
    pub fn of(path: &str) -> Self {
        // Tools that copy blobs to disk write `=` and `/` in names as they like.
        let path = path.replace("%3D", "=").replace("%3d", "=").replace("%2F", "/").replace("%2f", "/");
        let mut out = Self::default();
        let parts: Vec<&str> = path.split('/').collect();
        let value = |part: &str, key: &str| -> Option<String> {
            let (name, value) = part.split_once('=')?;
            name.eq_ignore_ascii_case(key).then(|| value.to_owned())
        };
        let number = |part: &str, key: &str| value(part, key).and_then(|text| text.parse::<u32>().ok());
        for (index, part) in parts.iter().enumerate() {
            if value(part, "resourceId").is_some() {
                let end = parts.iter().position(|p| value(p, "y").is_some()).unwrap_or(index + 1);
                let rest = parts.get(index + 1..end).unwrap_or_default().join("/");
                out.resource = (!rest.is_empty()).then(|| format!("/{rest}"));
            }
            if let (Some(year), Some(month), Some(day), Some(hour)) = (
                number(part, "y"),
                parts.get(index + 1).and_then(|p| number(p, "m")),
                parts.get(index + 2).and_then(|p| number(p, "d")),
                parts.get(index + 3).and_then(|p| number(p, "h")),
            ) {
                let time = format!("{year:04}-{month:02}-{day:02}T{hour:02}:00:00Z");
                out.hour = UnixMillis::from_iso(&time).map(UnixMillis::hour);
            }
            if let Some(mac) = value(part, "macAddress") {
                let digits: String = mac.chars().filter(char::is_ascii_hexdigit).collect();
                out.mac = (digits.len() == 12).then(|| digits.to_ascii_uppercase());
            }
        }
        out
    }
}

/// Compares the path with the content as it comes.
#[derive(Debug, Default)]
pub(super) struct PathCheck {
    facts: PathFacts,
    others: Vec<String>,
    mac_fits: bool,
    resource_fits: bool,
    resources: bool,
    hours: Option<(u32, u32)>,
}

impl PathCheck {
    pub(super) fn new(path: &str) -> Self {
        Self { facts: PathFacts::of(path), ..Self::default() }
    }

    /// Looks at a part before it is sent.
    pub(super) fn look(&mut self, part: &Part) {
        if self.facts == PathFacts::default() {
            return;
        }
        for context in &part.contexts {
            let text = |id: u32| part.strings.get(id as usize).map_or("", String::as_str);
            let (mac, acl) = (text(context.mac), text(context.acl));
            if self.facts.mac.as_deref() == Some(mac) {
                self.mac_fits = true;
            } else if !mac.is_empty() && self.others.len() < 3 && !self.others.iter().any(|m| m == mac) {
                self.others.push(mac.to_owned());
            }
            if acl.starts_with('/') {
                self.resources = true;
                let fits = self.facts.resource.as_deref().is_some_and(|r| r.eq_ignore_ascii_case(acl));
                self.resource_fits |= fits;
            }
        }
        for record in &part.records {
            let (first, last) = self.hours.unwrap_or((record.hour, record.hour));
            self.hours = Some((first.min(record.hour), last.max(record.hour)));
        }
    }

    /// What doesn't fit, as notes.
    pub(super) fn issues(&self, is_nsg: bool) -> Vec<Issue> {
        let mut found = Vec::new();
        let mut note = |message: String| {
            found.push(Issue { offset: 0, code: IssueCode::PathMismatch, record: None, length: 0, message });
        };
        if let Some(mac) = &self.facts.mac
            && !self.mac_fits
            && !self.others.is_empty()
        {
            note(format!("the path says NIC {mac}, the records say {}", self.others.join(", ")));
        }
        // A blob's last records may be written just after its hour is over.
        if let (Some(hour), Some((first, last))) = (self.facts.hour, self.hours)
            && (last < hour || first > hour + 1)
        {
            let name = |hour: u32| {
                UnixMillis::from_minute(hour * 60).to_iso().get(..13).unwrap_or_default().replace('T', " ")
            };
            note(format!("the path says {} h UTC, the first record says {} h", name(hour), name(first)));
        }
        if let Some(resource) = &self.facts.resource
            && is_nsg
            && self.resources
            && !self.resource_fits
        {
            note(format!("no record belongs to the resource in the path: {resource}"));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NSG: &str = "resourceId=/SUBSCRIPTIONS/S/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/N1/y=2026/m=10/d=02/h=05/m=00/macAddress=000D3AF87856/PT1H.json";

    #[test]
    fn azures_paths_say_resource_hour_and_nic() {
        let facts = PathFacts::of(&format!("logs/container/{NSG}"));
        assert_eq!(
            facts.resource.as_deref(),
            Some("/SUBSCRIPTIONS/S/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/N1")
        );
        assert_eq!(facts.mac.as_deref(), Some("000D3AF87856"));
        let hour = UnixMillis::from_iso("2026-10-02T05:00:00Z").unwrap().hour();
        assert_eq!(facts.hour, Some(hour));
        assert_eq!(PathFacts::of(&NSG.replace('=', "%3D")), facts);
        let vnet = "flowLogResourceID=/SUB_NETWORKWATCHERRG/NETWORKWATCHER_WESTEUROPE_FL/y=2026/m=10/d=02/h=05/m=00/macAddress=000D3AF87856/PT1H.json";
        assert_eq!((PathFacts::of(vnet).hour, PathFacts::of(vnet).resource), (Some(hour), None));
        assert_eq!(PathFacts::of("PT1H.json"), PathFacts::default());
        assert_eq!(PathFacts::of("y=2026/m=13/d=40/h=99"), PathFacts::default());
    }
}
