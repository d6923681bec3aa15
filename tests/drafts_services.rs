//! What Azure's services need stays in a draft, or comes into it, with the page that says so: kind by kind.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::{Decision, Direction, Endpoint};
use azflow_engine::rules::services::Service;
use azflow_engine::rules::{DraftOptions, DraftedRule};
use serde_json::{Value, json};
use support::estate::{Estate, NET, group, has, hub, nic, outbound, subnet, to, with};
use support::rules::{ALLOW, DENY};

/// Both directions, and the subnets that Azure reserves where it takes a group.
fn both() -> DraftOptions {
    DraftOptions { special: true, ..outbound() }
}

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
    let estate = Estate::new(&files, &SEEN, both());
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
        let estate = Estate::new(&[&vnet], &SEEN, both());
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

/// Rules that name a service's tag, or that it writes itself, stay, and say what else may be needed; by what goes it is kept.
#[test]
fn a_service_that_rules_alone_show_keeps_what_it_has() {
    for (rule, service, kept) in [
        (
            "in 100 + tcp GatewayManager > * 65503-65534 own",
            Service::ApplicationGatewayV1,
            &["in * AzureLoadBalancer *", "out * Internet *"][..],
        ),
        (
            "in 100 + tcp GatewayManager > * 65200-65535 own",
            Service::ApplicationGatewayV2,
            &["out * Internet *"],
        ),
        (
            "in 100 + tcp ApiManagement > * 3443 own",
            Service::ApiManagement,
            &[
                "in tcp AzureLoadBalancer 6390",
                "in tcp AzureTrafficManager 443",
                "out tcp Sql 1433",
                "out tcp Storage 443",
            ],
        ),
        (
            "in 100 + tcp BatchNodeManagement.WestEurope > * 29876-29877 own",
            Service::Batch,
            &["out tcp BatchNodeManagement 443", "out tcp Storage 443"],
        ),
        (
            "in 100 + tcp AzureMachineLearning > * 44224 own",
            Service::MachineLearning,
            &["out tcp AzureMachineLearning 443,8787,18881"],
        ),
        (
            "in 100 + tcp AppServiceManagement > * 454-455 own",
            Service::AppServiceEnvironmentV2,
            &["in tcp AzureLoadBalancer 16001", "in * subnet *", "out udp * 53,123"],
        ),
        ("in 100 + tcp HDInsight > * 443 own", Service::HdInsight, &["in * 168.63.129.16/32 53"]),
    ] {
        let all = [
            rule,
            "in 200 + * * > * * all-in",
            "in 4096 - * * > * * none-in",
            "out 200 + * * > * * all-out",
            "out 4096 - * * > * * none-out",
        ];
        let files = [group("nsg-it", &all), plain(has("nsg-it"))];
        let mut estate = Estate::new(&files.iter().collect::<Vec<_>>(), &SEEN, both());
        let told = format!("perhaps {}", service.name());
        assert!(estate.rule("snet-it", "own").reused);
        let own: Vec<String> = estate.at("snet-it").rules.iter().map(words).collect();
        for wanted in kept {
            assert!(own.iter().any(|rule| rule == wanted), "{service:?} lacks {wanted}: {own:#?}");
        }
        assert_eq!(estate.changed_again(&both()), [], "{service:?}");
        // Without a rule that goes nothing of it is added, and that is said.
        let files = [group("nsg-it", &[rule]), plain(has("nsg-it"))];
        let estate = Estate::new(&files.iter().collect::<Vec<_>>(), &SEEN, both());
        assert!(estate.is_noted(&told), "{told}: {:#?}", estate.draft.notes);
        let own: Vec<String> = estate.at("snet-it").rules.iter().map(words).collect();
        assert!(
            !own.iter().any(|rule| kept.contains(&rule.as_str()) && rule != "in * AzureLoadBalancer *"),
            "{own:#?}"
        );
    }
}

fn plain(more: Value) -> Value {
    hub(&[subnet("snet-clients", "10.1.0.0/24", json!({})), subnet("snet-it", "10.1.9.0/24", more)])
}

#[test]
fn a_domain_controller_shows_in_traffic() {
    let flows = |ports: &[(&str, u16)]| -> Vec<String> {
        ports.iter().map(|(protocol, port)| format!("in + {protocol} 10.1.0.4 > 10.1.9.4 {port}")).collect()
    };
    let controller = [("tcp", 88), ("udp", 389), ("tcp", 445)];
    let said = "perhaps Domain controllers, by 10.1.9.4, which answers Kerberos and LDAP";
    let ports = "53,88,135,389,445,464,636,3268,3269,49152-65535";
    let rules = [
        format!("in 100 + tcp VirtualNetwork > * {ports} ad-tcp"),
        "in 110 + udp VirtualNetwork > * 53,88,123,389,464 ad-udp".to_owned(),
        "in 120 + tcp VirtualNetwork > * 8081 other".to_owned(),
    ];
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let in_force = [group("nsg-it", &rules), plain(has("nsg-it"))];
    let draft = |files: &[Value], ports: &[(&str, u16)]| {
        let mut flows = flows(ports);
        flows.push("in + tcp 10.1.0.4 > 10.1.9.4 8081".to_owned());
        let flows: Vec<&str> = flows.iter().map(String::as_str).collect();
        Estate::new(&files.iter().collect::<Vec<_>>(), &flows, DraftOptions::default())
    };
    let estate = draft(&in_force, &controller);
    assert!(estate.is_noted(said), "{:#?}", estate.draft.notes);
    // Its documented ports stay for all of its clients; what else was open to all is cut to who was seen.
    for name in ["ad-tcp", "ad-udp"] {
        assert!(estate.rule("snet-it", name).reused, "{name}");
    }
    let goes: Vec<_> = estate.at("snet-it").removed.iter().map(|gone| gone.rule.name.as_str()).collect();
    assert_eq!(goes, ["other"]);
    // Its need of pings, which have no ports, is none of a rule that lets everything pass: that goes, and the draft says that it cuts pings.
    let all = [group("nsg-it", &["in 200 + * VirtualNetwork > * * all"]), plain(has("nsg-it"))];
    let estate = draft(&all, &controller);
    let goes: Vec<_> = estate.at("snet-it").removed.iter().map(|gone| gone.rule.name.as_str()).collect();
    assert_eq!(goes, ["all"]);
    assert!(estate.is_noted("ICMP") && estate.is_noted(said), "{:#?}", estate.draft.notes);
    // Where no file tells of the subnet it is said as well.
    assert!(draft(&[], &controller).is_noted(said));
    // LDAP alone is a directory, and Kerberos and LDAP alone may be anything.
    for other in [&[("tcp", 389), ("tcp", 636), ("tcp", 445)][..], &[("tcp", 88), ("tcp", 389)]] {
        let estate = draft(&in_force, other);
        assert!(!estate.is_noted("Domain controllers"));
        assert!(estate.at("snet-it").removed.iter().any(|gone| gone.rule.name == "ad-tcp"));
    }
}

/// Probes of load balancers are nobody's traffic, and pass after a draft where they passed before, port by port.
#[test]
fn probes_pass_where_they_passed() {
    for (in_force, passes) in [
        (&["in 200 + * * > * * all"][..], true),
        (&["in 200 + * * > * * all", "in 4096 - * * > * * none"], true),
        (&["in 200 + tcp VirtualNetwork > * 8000-9000 some", "in 4096 - * * > * * none"], true),
        (&["in 200 + tcp 0.0.0.0/0 > 10.1.9.0/28 8081 some", "in 300 - tcp * > * 8081 none"], true),
        (
            &[
                "in 100 - tcp 168.63.129.16/32 > * 8081 no-probe",
                "in 200 + * * > * * all",
                "in 4096 - * * > * * none",
            ],
            false,
        ),
        (&["in 200 + tcp 10.1.0.0/24 > * 8081 some", "in 4096 - * * > * * none"], false),
        (
            &[
                "in 100 + tcp AzureLoadBalancer > * 8081 lb",
                "in 200 + * * > * * all",
                "in 4096 - * * > * * none",
            ],
            true,
        ),
    ] {
        let files = [group("nsg-it", in_force), plain(has("nsg-it"))];
        let files: Vec<&Value> = files.iter().collect();
        let mut estate = Estate::new(&files, &SEEN, DraftOptions::default());
        let probe = "tcp 168.63.129.16 > 10.1.9.4 8081";
        let expected = if passes { ALLOW } else { DENY };
        assert_eq!(
            estate.decided(probe),
            (expected.clone(), expected),
            "{in_force:?}: {:#?}",
            estate.at("snet-it").nsg.rules
        );
        assert_eq!(estate.decided("tcp 10.1.0.77 > 10.1.9.4 22").1, DENY, "{in_force:?}");
        assert_eq!(estate.changed_again(&DraftOptions::default()), [], "{in_force:?}");
        // ICMP passes where that is asked for and it passes today.
        let keep = DraftOptions { keep_icmp: true, ..DraftOptions::default() };
        let estate = Estate::new(&files, &SEEN, keep);
        let pings =
            estate.at("snet-it").rules.iter().any(|drafted| words(drafted) == "in icmp VirtualNetwork *");
        assert_eq!(
            pings,
            in_force.iter().any(|rule| rule.contains("+ * * > * * all"))
                || !in_force.iter().any(|rule| rule.contains("- * *")),
            "{in_force:?}"
        );
    }
}

/// The documented rules in force stay as they are, whatever was seen, and where unused rules are to go; nothing is added
/// beside them.
#[test]
fn documented_rules_in_force_stay() {
    for service in Service::ALL {
        let mut rules: Vec<String> = Vec::new();
        for (number, wanted) in documented(service).iter().enumerate() {
            let [way, protocol, far, ports] = wanted.split(' ').collect::<Vec<_>>()[..] else {
                panic!("{wanted}")
            };
            let far = if far == "subnet" { "10.1.9.0/24" } else { far };
            let (from, to) = if way == "in" { (far, "*") } else { ("*", far) };
            rules
                .push(format!("{way} {} + {protocol} {from} > {to} {ports} own-{number}", 100 + 10 * number));
        }
        if rules.is_empty() {
            continue;
        }
        rules.extend(
            ["in 3900 + tcp 10.1.0.0/24 > * 8081 seen-in", "out 3900 + tcp * > 10.1.0.0/24 8082 seen-out"]
                .map(str::to_owned),
        );
        rules.extend(["in 4096 - * * > * * none-in", "out 4096 - * * > * * none-out"].map(str::to_owned));
        let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
        for drop_unused in [false, true] {
            let (name, files) = around(service, &rules);
            let files: Vec<&Value> = files.iter().collect();
            let estate = Estate::new(&files, &SEEN, DraftOptions { drop_unused, ..both() });
            let group = estate.at(&name);
            assert!(
                group.is_unchanged(),
                "{service:?} {drop_unused}: {:#?} {:#?}",
                group.changes(),
                estate.draft.notes
            );
            assert_eq!(group.rules.len(), rules.len(), "{service:?}");
        }
    }
}

/// A delegation that two services use: what either needs is kept where it passes, and not added.
#[test]
fn a_delegation_of_two_services_keeps_what_either_needs() {
    let delegated = json!({ "delegations": [{ "serviceName": "Microsoft.Web/hostingEnvironments" }] });
    let all = ["out 200 + * * > * * all-out", "out 4096 - * * > * * none-out"];
    let files = [group("nsg-it", &all), plain(with(has("nsg-it"), delegated.clone()))];
    let mut estate = Estate::new(&files.iter().collect::<Vec<_>>(), &SEEN, both());
    let own: Vec<String> = estate.at("snet-it").rules.iter().map(words).collect();
    assert!(own.iter().any(|rule| rule == "out tcp Storage 443"), "{own:#?}");
    assert!(estate.is_noted("perhaps API Management Premium v2"), "{:#?}", estate.draft.notes);
    assert_eq!(estate.changed_again(&both()), []);
    let files = [plain(delegated)];
    let estate = Estate::new(&files.iter().collect::<Vec<_>>(), &SEEN, both());
    let own: Vec<String> = estate.at("snet-it").rules.iter().map(words).collect();
    assert!(!own.iter().any(|rule| rule.contains("Storage")), "{own:#?}");
}
