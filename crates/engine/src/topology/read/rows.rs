//! Service tags, and rows of `NTATopologyDetails`: lists that name their networks without an id.

use super::Reading;
use super::value::{Object, last, object};
use azflow_core::model::{Address, NamedSubnet, Nic, NicAddress, Prefix, ResourceId, ServiceTag};

pub(super) fn tags(o: &Object<'_>, out: &mut Reading) {
    for value in o.list("values") {
        let Some(tag) = object(value) else { continue };
        let name = tag.text("name");
        if name.is_empty() {
            continue;
        }
        let (prefixes, _) = tag.prefixes(&["addressprefixes"]);
        let features: Vec<&str> = tag.texts(&["networkfeatures"]);
        let usable =
            tag.has("networkfeatures").then(|| features.iter().any(|f| f.eq_ignore_ascii_case("nsg")));
        out.network.push_tag(ServiceTag {
            name: name.to_owned(),
            service: tag.text("systemservice").to_owned(),
            region: tag.text("region").to_owned(),
            prefixes,
            usable_in_nsg: usable,
        });
    }
}

/// A row of `NTATopologyDetails`: subnets and NICs.
pub(super) fn topology_row(o: &Object<'_>, out: &mut Reading) {
    let name = o.text("name");
    match o.text("azureresourcetype").to_ascii_lowercase().as_str() {
        "subnet" => {
            // `rg/vnet/subnet`
            let mut parts = name.rsplit('/');
            let (subnet, network) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let prefixes: Vec<Prefix> = o
                .texts(&["addressprefixes"])
                .into_iter()
                .flat_map(|t| t.split([' ', ',']))
                .filter_map(Prefix::parse)
                .collect();
            if subnet.is_empty() || prefixes.is_empty() {
                return;
            }
            let parent = ResourceId(network.to_owned());
            let id = ResourceId(format!("{network}/subnets/{subnet}"));
            let found = NamedSubnet { id, name: subnet.to_owned(), prefixes, ..NamedSubnet::default() };
            let network = out.network.place(&parent);
            out.network.put_subnet(network, found);
        }
        "networkinterface" => {
            let mac: String = o
                .text("macaddress")
                .chars()
                .filter(char::is_ascii_hexdigit)
                .collect::<String>()
                .to_ascii_uppercase();
            let addresses = o
                .texts(&["privateipaddresses"])
                .into_iter()
                .flat_map(|t| t.split([' ', ',']))
                .filter_map(Address::parse)
                .map(|address| NicAddress {
                    address,
                    subnet: None,
                    asgs: Vec::new(),
                    public: None,
                    primary: false,
                })
                .collect();
            let machine = o.text("virtualmachine");
            let nic = Nic {
                id: ResourceId(name.to_owned()),
                name: last(name).to_owned(),
                mac: (mac.len() == 12).then_some(mac),
                addresses,
                machine: (!machine.is_empty()).then(|| ResourceId(machine.to_owned())),
                ip_forwarding: o.flag("enableipforwarding"),
                ..Nic::default()
            };
            out.network.put_nic(nic);
        }
        _ => {}
    }
}
