//! What Azure's services need stays in a draft, or comes into it, with the page that says so: kind by kind.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::{Decision, Direction, Endpoint};
use azflow_engine::rules::services::Service;
use azflow_engine::rules::{DraftOptions, DraftedRule};
use serde_json::{Value, json};
use support::estate::{Estate, NET, group, has, hub, nic, subnet, to, with};

/// Both directions, and the subnets that Azure reserves where it takes a group.
const BOTH: DraftOptions = DraftOptions {
    scope: azflow_engine::rules::Scope::Subnet,
    ports: azflow_engine::rules::PortMerge::Lists,
    prefixes: azflow_engine::rules::PrefixMerge::None,
    outbound: true,
    least_flows: 1,
    first_priority: 100,
    deny_priority: 4000,
    keep_icmp: false,
    special: true,
    unlogged: false,
    drop_unused: false,
};

/// What the subnet of a service is called and says of itself; nothing where no file tells for certain.
fn sign(service: Service) -> Option<(&'static str, Value)> {
    let provider = |kind: &str| format!("/subscriptions/s/resourceGroups/g/providers/{kind}/it");
    let delegated = |to: &str| json!({ "delegations": [{ "name": "d", "serviceName": to }] });
    let linked = |kind: &str| json!({ "serviceAssociationLinks": [{ "name": "l", "link": provider(kind) }] });
    let member =
        |kind: &str| json!({ "ipConfigurations": [to(&format!("{}/ipConfigurations/c", provider(kind)))] });
    Some(match service {
        Service::ApplicationGatewayV2 => ("snet-agw", delegated("Microsoft.Network/applicationGateways")),
        Service::ApiManagement => ("snet-apim", member("Microsoft.ApiManagement/service")),
        Service::Bastion => ("AzureBastionSubnet", json!({})),
        Service::ManagedInstance => ("snet-mi", delegated("Microsoft.Sql/managedInstances")),
        Service::AksApiServer => ("snet-api", delegated("Microsoft.ContainerService/managedClusters")),
        Service::Databricks => ("snet-dbx", delegated("Microsoft.Databricks/workspaces")),
        Service::HdInsight => ("snet-hdi", linked("Microsoft.HDInsight/clusters")),
        Service::ContainerApps => ("snet-aca", delegated("Microsoft.App/environments")),
        Service::AppServiceEnvironmentV3 => {
            let both = delegated("Microsoft.Web/hostingEnvironments");
            ("snet-ase3", with(both, linked("Microsoft.Web/hostingEnvironments")))
        }
        Service::AppServiceEnvironmentV2 => ("snet-ase2", linked("Microsoft.Web/hostingEnvironments")),
        Service::Redis => ("snet-redis", linked("Microsoft.Cache/redis")),
        Service::Batch => ("snet-batch", linked("Microsoft.Batch/batchAccounts")),
        Service::MachineLearning => ("snet-ml", linked("Microsoft.MachineLearningServices/workspaces")),
        Service::WindowsActivation => {
            ("snet-win", json!({ "routeTable": to(&format!("{NET}/routeTables/rt")) }))
        }
        // Nodes are recognised by their NICs; see below.
        Service::Aks => ("snet-aks", json!({})),
        Service::NetAppFiles => ("snet-anf", delegated("Microsoft.Netapp/volumes")),
        Service::PrivateEndpoints => {
            let endpoint = to(&provider("Microsoft.Network/privateEndpoints"));
            ("snet-pe", json!({ "privateEndpoints": [endpoint] }))
        }
        Service::RouteServer => ("RouteServerSubnet", json!({})),
        Service::Gateway => ("GatewaySubnet", json!({})),
        Service::Firewall => ("AzureFirewallSubnet", json!({})),
        Service::ApplicationGatewayV1 | Service::ApiManagementV2 | Service::DomainController => return None,
    })
}

/// The rules that Microsoft's pages tell, by direction: protocol, far end (`subnet` its own), ports. Those of clients, and
/// those that are needed under a condition that no file tells, are not among them.
fn documented(service: Service) -> &'static [&'static str] {
    match service {
        Service::ApplicationGatewayV2 => {
            &["in tcp GatewayManager 65200-65535", "in * AzureLoadBalancer *", "out * Internet *"]
        }
        Service::ApiManagement => &[
            "in tcp ApiManagement 3443",
            "in tcp AzureLoadBalancer 6390",
            "out tcp Internet 80",
            "out tcp Storage 443",
            "out tcp Sql 1433",
            "out tcp AzureKeyVault 443",
            "out tcp AzureMonitor 443,1886",
        ],
        Service::Bastion => &[
            "in tcp Internet 443",
            "in tcp GatewayManager 443",
            "in tcp AzureLoadBalancer 443",
            "in * VirtualNetwork 5701,8080",
            "out * VirtualNetwork 22,3389",
            "out tcp AzureCloud 443",
            "out * VirtualNetwork 5701,8080",
            "out * Internet 80",
        ],
        Service::ManagedInstance => &[
            "in * AzureLoadBalancer *",
            "in * subnet *",
            "out * subnet *",
            "out tcp AzureActiveDirectory 443",
            "out tcp OneDsCollector 443",
            "out * Storage 443",
        ],
        Service::Aks => &["in * subnet *", "out * subnet *", "out tcp Internet 443"],
        Service::AksApiServer => &["in tcp AzureLoadBalancer 9988"],
        Service::Databricks => &["in * VirtualNetwork *", "out * VirtualNetwork *"],
        Service::HdInsight => &["in tcp HDInsight 443"],
        Service::ContainerApps => &[
            "in tcp AzureLoadBalancer 30000-32767",
            "out * subnet *",
            "out tcp MicrosoftContainerRegistry 443",
            "out tcp AzureFrontDoor.FirstParty 443",
        ],
        Service::AppServiceEnvironmentV3 => &["in * AzureLoadBalancer 80"],
        Service::AppServiceEnvironmentV2 => &[
            "in tcp AppServiceManagement 454-455",
            "in tcp AzureLoadBalancer 16001",
            "in * subnet *",
            "out * subnet *",
            "out udp * 53,123",
            "out tcp * 80,443,12000",
            "out tcp Sql 1433",
        ],
        Service::Redis => &[
            "in tcp AzureLoadBalancer 6379,6380,8500,10221-10231,13000-13999,15000-15999,16001",
            "in udp AzureLoadBalancer 8500,16001",
            "in tcp subnet 6379,6380,8443,10221-10231,20226",
            "out tcp subnet 6379-6380,8443,10221-10231,13000-13999,15000-15999,20226",
            "out tcp * 80,443",
            "out tcp AzureKeyVault 443",
            "out tcp AzureMonitor 443",
        ],
        Service::Batch => &["out tcp BatchNodeManagement 443"],
        Service::MachineLearning => &[
            "out tcp AzureMachineLearning 443,8787,18881",
            "out udp AzureMachineLearning 5831",
            "out * BatchNodeManagement 443",
            "out tcp Storage 443",
        ],
        Service::WindowsActivation => &["out tcp 20.118.99.224/32,40.83.235.53/32,23.102.135.246/32 1688"],
        Service::ApplicationGatewayV1
        | Service::ApiManagementV2
        | Service::NetAppFiles
        | Service::PrivateEndpoints
        | Service::RouteServer
        | Service::Gateway
        | Service::Firewall
        | Service::DomainController => &[],
    }
}

/// A rule in the words above.
fn words(drafted: &DraftedRule) -> String {
    let rule = &drafted.rule;
    let inbound = rule.direction == Direction::Inbound;
    let end = |end: &Endpoint| match end {
        Endpoint::Any => "*".to_owned(),
        Endpoint::Prefix(prefix) if prefix.to_string() == "10.1.9.0/24" => "subnet".to_owned(),
        Endpoint::Prefix(prefix) => prefix.to_string(),
        Endpoint::Tag(tag) => tag.clone(),
        other => panic!("{other:?}"),
    };
    let list = |texts: Vec<String>| texts.join(",");
    let protocol = rule.protocol.map_or_else(|| "*".to_owned(), |protocol| protocol.to_string());
    let far = list(rule.far().iter().map(end).collect());
    let ports = list(rule.destination_ports.iter().map(ToString::to_string).collect());
    format!("{} {protocol} {far} {ports}", if inbound { "in" } else { "out" })
}

/// Whether two tellings of ports and ends are one: `454,455` is `454-455`.
fn same(a: &str, b: &str) -> bool {
    a == b || a.replace("454,455", "454-455") == b
}

/// The network around one service's subnet, 10.1.9.0/24, and clients' 10.1.0.0/24.
fn around(service: Service, in_force: &[&str]) -> (String, Vec<Value>) {
    let (name, mut more) = sign(service).unwrap_or(("snet-it", json!({})));
    let mut files = Vec::new();
    if !in_force.is_empty() {
        more = with(more, has("nsg-it"));
        files.push(group("nsg-it", in_force));
    }
    files.push(hub(&[subnet("snet-clients", "10.1.0.0/24", json!({})), subnet(name, "10.1.9.0/24", more)]));
    match service {
        Service::Aks => {
            let mut node = nic("aks-np-1", name, "10.1.9.4", json!({}));
            node["id"] = json!("/subscriptions/s/resourceGroups/MC_g_c_we/providers/Microsoft.Network/networkInterfaces/aks-np-1");
            files.push(json!([node]));
        }
        Service::WindowsActivation => files.push(json!([{ "id": format!("{NET}/routeTables/rt"), "name": "rt",
            "routes": [{ "name": "all", "addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance" }] }])),
        _ => {}
    }
    (name.to_owned(), files)
}

/// A client comes, and something goes out: both directions of the service's subnet were logged.
const SEEN: [&str; 2] = ["in + tcp 10.1.0.4 > 10.1.9.4 8081", "out + tcp 10.1.9.4 > 10.1.0.5 8082"];

fn drafted(service: Service, in_force: &[&str]) -> (String, Estate) {
    let (name, files) = around(service, in_force);
    let files: Vec<&Value> = files.iter().collect();
    let estate = Estate::new(&files, &SEEN, BOTH);
    (name, estate)
}

/// Before the first denial of its direction that refuses the virtual network or everyone.
fn stands_before_the_deny(estate: &Estate, subnet: &str, rule: &DraftedRule) -> bool {
    let mut all = estate.at(subnet).rules.iter().map(|drafted| &drafted.rule);
    let wide = |end: &Endpoint| *end == Endpoint::Any || end.is_tag("VirtualNetwork");
    let deny = all.find(|other| {
        other.direction == rule.rule.direction
            && other.access == Decision::Denied
            && other.far().iter().any(wide)
    });
    deny.is_none_or(|deny| rule.rule.priority < deny.priority)
}

fn check(estate: &Estate, subnet: &str, service: Service, in_force: &[&str]) {
    for wanted in documented(service) {
        let found = estate
            .at(subnet)
            .rules
            .iter()
            .find(|drafted| drafted.rule.access == Decision::Allowed && same(&words(drafted), wanted));
        let found = found.unwrap_or_else(|| {
            let all: Vec<String> = estate.at(subnet).rules.iter().map(words).collect();
            panic!("{service:?} lacks {wanted} beside {in_force:?}: {all:#?} {:#?}", estate.draft.notes)
        });
        assert!(stands_before_the_deny(estate, subnet, found), "{service:?} {wanted} beside {in_force:?}");
        let is_kept = estate.at(subnet).before.as_ref().is_some_and(|nsg| nsg.rules.contains(&found.rule));
        let has_source =
            found.why.contains("https://learn.microsoft.com/") && found.why.contains(service.name());
        assert!(has_source || is_kept, "{service:?} {wanted}: {}", found.why);
    }
}

#[test]
fn a_draft_brings_what_a_service_needs() {
    for service in Service::ALL {
        if documented(service).is_empty() {
            continue;
        }
        let (name, estate) = drafted(service, &[]);
        assert!(estate.at(&name).before.is_none());
        check(&estate, &name, service, &[]);
    }
}

/// One rule that lets everything pass serves what a service needs as well. Where it goes, the needs get rules of their own,
/// before the denial that stood behind it.
#[test]
fn a_wide_rule_that_goes_leaves_what_a_service_needs() {
    for service in Service::ALL {
        if documented(service).is_empty() {
            continue;
        }
        for in_force in [
            &["in 200 + * * > * * all-in", "out 200 + * * > * * all-out"][..],
            &[
                "in 200 + * * > * * all-in",
                "in 4096 - * * > * * none-in",
                "out 200 + * * > * * all-out",
                "out 4096 - * * > * * none-out",
            ],
        ] {
            let (name, estate) = drafted(service, in_force);
            for denial in ["none-in", "none-out"] {
                let stays = estate.at(&name).rules.iter().any(|drafted| drafted.rule.name == denial);
                assert_eq!(stays, in_force.len() == 4, "{service:?} {denial}");
            }
            let goes: Vec<_> = estate.at(&name).removed.iter().map(|gone| gone.rule.name.as_str()).collect();
            assert_eq!(goes, ["all-in", "all-out"], "{service:?}");
            check(&estate, &name, service, in_force);
        }
    }
}

#[test]
fn where_azure_takes_no_group_none_is_drafted() {
    for name in ["GatewaySubnet", "AzureFirewallSubnet", "azurefirewallmanagementsubnet", "RouteServerSubnet"]
    {
        let vnet =
            hub(&[subnet("snet-clients", "10.1.0.0/24", json!({})), subnet(name, "10.1.9.0/24", json!({}))]);
        let estate = Estate::new(&[&vnet], &SEEN, BOTH);
        assert_eq!(estate.draft.left_out, [name]);
        assert!(!estate.draft.groups.iter().any(|group| group.subnet == name));
    }
}

/// Groups that judge nothing, or not everything, are drafted with that said.
#[test]
fn what_a_group_does_not_judge_is_said() {
    for (service, said) in [
        (Service::PrivateEndpoints, "only where the subnet's network policies are on"),
        (Service::NetAppFiles, "volumes with Basic ones have none of it"),
    ] {
        let (name, estate) = drafted(service, &[]);
        assert!(
            estate.is_noted(said) && estate.is_noted("https://learn.microsoft.com/"),
            "{name}: {:#?}",
            estate.draft.notes
        );
        let (_, estate) =
            drafted(service, &["in 100 + tcp 10.1.0.0/24 > * 8081 a", "out 100 + tcp * > * 8082 b"]);
        assert!(estate.is_noted(said), "{name}: {:#?}", estate.draft.notes);
    }
    // Of a service at another subnet nothing is said.
    let (_, estate) = drafted(Service::Batch, &[]);
    assert!(!estate.is_noted("network policies"));
}
