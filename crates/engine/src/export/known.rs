//! What names stand for, so that a query for Kusto can say them: a name in the page's filter becomes the
//! prefixes and addresses that the page knows under it.
//!
//! As every condition of a query, this may be too much, never too little: see `restrict`.

use crate::filter::Text;
use azflow_core::model::{Address, Network, Prefix, ResourceId};
use std::collections::BTreeSet;

/// More blocks than this are left to the page.
const MOST: usize = 400;

/// Groups of addresses that no list of prefixes says.
const OPEN: [&str; 4] = ["internet", "azure platform", "broadcast", "multicast"];

/// What the page knows by name.
#[derive(Debug, Clone)]
pub struct Known<'a> {
    /// Descriptions of the network.
    pub network: &'a Network,
    /// What rows that are loaded call an address: its subnet's path, its machine.
    pub addresses: Vec<(Address, &'a str)>,
    /// What they call a NIC, by its MAC address.
    pub nics: Vec<(&'a str, &'a str)>,
}

/// A text that fits whatever contains it: a shown name is a part of the whole path.
pub(super) fn loose(text: &Text) -> Text {
    let plain = &text.text;
    Text { exact: false, text: if plain.contains('*') { format!("*{plain}*") } else { plain.clone() } }
}

impl<'a> Known<'a> {
    /// A description alone.
    pub fn of(network: &'a Network) -> Self {
        Self { network, addresses: Vec::new(), nics: Vec::new() }
    }

    /// Every block of addresses that may be called so, and whether any is public; `None` where that can't be
    /// listed.
    pub(super) fn blocks(&self, text: &Text) -> Option<(BTreeSet<String>, bool)> {
        // Prefixes stand for subnets without a name, and names get numbers and alternatives.
        let could_be_prefix = text.text.bytes().all(|b| b.is_ascii_hexdigit() || b"./:*".contains(&b));
        let text = loose(text);
        let is_made_up = text.text.contains(['(', ')']) || text.text.to_lowercase().contains(" or ");
        let open = || OPEN.iter().copied().chain(self.network.tags.iter().map(|tag| tag.name.as_str()));
        if could_be_prefix || is_made_up || open().any(|name| text.fits(name)) {
            return None;
        }
        let (mut out, mut public) = (BTreeSet::new(), false);
        let mut add = |prefix: Prefix| {
            public |= prefix.first().is_public() || prefix.last().is_public();
            out.insert(prefix.to_string());
        };
        let mut ids: Vec<&ResourceId> = Vec::new();
        for one in &self.network.networks {
            let group = one.id.segment("resourceGroups").unwrap_or_default();
            for subnet in &one.subnets {
                if text.fits(&format!("{group}/{}/{}", one.name, subnet.name)) {
                    subnet.prefixes.iter().for_each(|prefix| add(*prefix));
                    ids.push(&subnet.id);
                }
            }
        }
        let mut single = |address| add(Prefix::of(address, 128));
        for nic in &self.network.nics {
            let called = nic.machine.as_ref().is_some_and(|id| text.fits(id.name())) || text.fits(&nic.name);
            for at in &nic.addresses {
                if called || at.subnet.as_ref().is_some_and(|id| ids.contains(&id)) {
                    single(at.address);
                }
            }
        }
        for (address, name) in &self.addresses {
            if text.fits(name) {
                single(*address);
            }
        }
        (out.len() <= MOST).then_some((out, public))
    }

    /// The MAC addresses of NICs that may be called so; `None` where those are too many.
    pub(super) fn macs(&self, text: &Text) -> Option<BTreeSet<&str>> {
        let mut out = BTreeSet::new();
        for nic in &self.network.nics {
            let called = nic.machine.as_ref().is_some_and(|id| text.fits(id.name())) || text.fits(&nic.name);
            out.extend(nic.mac.as_deref().filter(|_| called));
        }
        out.extend(self.nics.iter().filter(|(_, name)| text.fits(name)).map(|(mac, _)| *mac));
        (out.len() <= MOST).then_some(out)
    }
}
