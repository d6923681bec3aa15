//! What mutants are made of: the fixtures, and small documents of each kind that azflow writes or reads.

use crate::support::rules::{fixture, ops_and_mgmt, set};
use crate::support::{load, rules};
use azflow_engine::export::{self, rules_document};
use azflow_engine::rules::DraftOptions;
use azflow_engine::topology::Cut;
use std::fs;
use std::path::PathBuf;

/// A file to begin with.
pub struct Seed {
    pub name: String,
    pub bytes: Vec<u8>,
}

const WRITTEN: [(&str, &str); 12] = [
    ("names.csv", "CIDR,name,network\n10.0.0.0/24,app,hub\n10.0.1.0/24,\"web, two\",hub\nfd00::/64,six,\n"),
    (
        "review.csv",
        "source,destination,protocol,port,decision,owner,note\napp,web,tcp,443,needed,Ann,\"a, b\"\napp,Internet,udp,53,not needed,,\n",
    ),
    (
        "review.json",
        r#"{"schema":"azflow.review/1","services":[{"source":"app","destination":"web","protocol":"tcp","port":443,"decision":"needed","owner":"Ann","note":""}]}"#,
    ),
    (
        "tags.json",
        r#"{"changeNumber":1,"cloud":"Public","values":[{"name":"Storage","id":"Storage","properties":{"region":"","systemService":"AzureStorage","addressPrefixes":["20.38.98.0/24","2603::/24"],"networkFeatures":["API","NSG"]}}]}"#,
    ),
    (
        "routes.json",
        r#"[{"id":"/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/routeTables/t","name":"t","disableBgpRoutePropagation":false,"routes":[{"name":"d","addressPrefix":"0.0.0.0/0","nextHopType":"VirtualAppliance","nextHopIpAddress":"10.0.0.4"}],"subnets":[{"id":"/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/v/subnets/a"}]}]"#,
    ),
    (
        "flow_logs.json",
        r#"[{"name":"l","id":"/l","location":"westeurope","targetResourceId":"/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/v","enabled":true,"storageId":"/s","recordTypes":"B,C,E,D","enabledFilteringCriteria":"SrcIP=10.0.0.1"}]"#,
    ),
    (
        "plan.json",
        r#"{"format_version":"1.2","terraform_version":"1.9","planned_values":{"root_module":{"resources":[{"address":"azurerm_network_security_group.g","type":"azurerm_network_security_group","values":{"name":"g","resource_group_name":"r","location":"we","security_rule":[{"name":"a","priority":100,"direction":"Inbound","access":"Allow","protocol":"Tcp","source_address_prefix":"*","source_port_range":"*","destination_address_prefix":"*","destination_port_ranges":["443","8000-8100"]}]}}]}}}"#,
    ),
    (
        "effective.json",
        r#"{"networkSecurityGroups":[{"networkSecurityGroup":{"id":"/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/networkSecurityGroups/g"},"association":{"networkInterface":{"id":"/n"}},"effectiveSecurityRules":[{"name":"securityRules/a","protocol":"Tcp","sourceAddressPrefix":"VirtualNetwork","expandedSourceAddressPrefix":["10.0.0.0/8"],"sourcePortRange":"0-65535","destinationAddressPrefix":"0.0.0.0/0","destinationPortRange":"443-443","priority":100,"access":"Allow","direction":"Inbound"}]}]}"#,
    ),
    (
        "connector.json",
        r#"[{"time":"2026-09-21T14:13:00Z","category":"NetworkSecurityGroupFlowEvent","resourceId":"NSG","nsgRuleName":"R","mac":"000D3AF87856","startTime":"1790000000","sourceAddress":"10.0.0.4","destinationAddress":"10.0.1.5","sourcePort":"40000","destinationPort":"443","transportProtocol":"T","deviceDirection":"I","deviceAction":"A","flowState":"B"}]"#,
    ),
    (
        "cells.csv",
        "time,raw\n2026-10-01,\"{\"\"time\"\":\"\"2026-09-21T14:13:00Z\"\",\"\"category\"\":\"\"NetworkSecurityGroupFlowEvent\"\",\"\"resourceId\"\":\"\"NSG\"\",\"\"properties\"\":{\"\"Version\"\":2,\"\"flows\"\":[{\"\"rule\"\":\"\"R\"\",\"\"flows\"\":[{\"\"mac\"\":\"\"000D3AF87856\"\",\"\"flowTuples\"\":[\"\"1790000001,10.0.0.4,10.0.1.5,40000,443,T,O,A,B,,,,\"\"]}]}]}}\"\n",
    ),
    (
        "firewall.csv",
        "TimeGenerated,Protocol,SourceIp,SourcePort,DestinationIp,DestinationPort,Action,Policy,Rule,ActionReason,_ResourceId,Type\n2026-10-01T10:00:00Z,TCP,10.0.0.4,50000,10.0.1.5,443,Allow,p,r,,/subscriptions/s/resourcegroups/r/providers/microsoft.network/azurefirewalls/f,AZFWNetworkRule\n",
    ),
    (
        "filter.txt",
        "src:app,10.0.0.0/8 -port:443,8000-8100 (rule:Deny* | decision:denied) flows>10k time:2026-10-01..2026-10-02",
    ),
];

/// All of them, always in one order.
pub fn all() -> Vec<Seed> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut names: Vec<PathBuf> = [folder.clone(), folder.join("summaries")]
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && !path.to_string_lossy().ends_with("as-logged.json"))
        .collect();
    names.sort();
    let of = |path: PathBuf| Seed {
        name: path.strip_prefix(&folder).unwrap().to_string_lossy().into_owned(),
        bytes: fs::read(&path).unwrap(),
    };
    let mut all: Vec<Seed> = names.into_iter().map(of).collect();
    let mut own =
        |name: &str, text: &str| all.push(Seed { name: name.to_owned(), bytes: text.as_bytes().to_vec() });
    WRITTEN.iter().for_each(|(name, text)| own(name, text));
    let (_, traffic, draft) =
        rules::drafted(&[("PT1H.json", &ops_and_mgmt())], Cut::default(), DraftOptions::default());
    own("rules document", &rules_document(&draft, &traffic, None));
    assert!(!set(&draft, &traffic).groups.is_empty());
    let names = ["az_nic_list.json", "az_nsg_list.json", "az_vnet_list.json"];
    let files: Vec<(&str, Vec<u8>)> = names.iter().map(|name| (*name, fixture(name))).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    own("network document", &export::network(load(&files).network(), &[]));
    all
}
