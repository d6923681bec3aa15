//! Which services are at a subnet.

use super::{alone, delegated, guarded, id, rule, services, subnet};
use crate::rules::services::{By, Recogniser, Service, is_like_a_controller, recognise, recognise_name};
use azflow_core::model::{
    Address, Decision, EffectiveTag, NamedSubnet, Network, Nic, NicAddress, Prefix, Protocol, ResourceId,
    Route, RouteTable,
};

#[test]
fn by_delegation() {
    for (to, service) in [
        ("Microsoft.Network/applicationGateways", Service::ApplicationGatewayV2),
        ("microsoft.sql/managedinstances", Service::ManagedInstance),
        ("Microsoft.ContainerService/managedClusters", Service::AksApiServer),
        ("Microsoft.Databricks/workspaces", Service::Databricks),
        ("Microsoft.App/environments", Service::ContainerApps),
        ("Microsoft.NetApp/volumes", Service::NetAppFiles),
    ] {
        assert_eq!(alone(&delegated(to)), [(service, false)], "{to}");
    }
    assert_eq!(alone(&delegated("Microsoft.Elsewhere/things")), []);
}

#[test]
fn one_delegation_of_two_services_is_open_until_a_resource_tells() {
    let open = delegated("Microsoft.Web/hostingEnvironments");
    assert_eq!(alone(&open), [(Service::ApiManagementV2, true), (Service::AppServiceEnvironmentV3, true)]);
    let told = NamedSubnet { members: vec![id("Microsoft.Web/hostingEnvironments/ase")], ..open };
    assert_eq!(alone(&told), [(Service::AppServiceEnvironmentV3, false)]);
    let old = NamedSubnet { members: vec![id("Microsoft.Web/hostingEnvironments/ase")], ..subnet("snet") };
    assert_eq!(alone(&old), [(Service::AppServiceEnvironmentV2, false)]);
}

#[test]
fn by_reserved_names_in_any_case() {
    for (name, service) in [
        ("AzureBastionSubnet", Service::Bastion),
        ("gatewaysubnet", Service::Gateway),
        ("AzureFirewallSubnet", Service::Firewall),
        ("AzureFirewallManagementSubnet", Service::Firewall),
        ("RouteServerSubnet", Service::RouteServer),
    ] {
        assert_eq!(alone(&subnet(name)), [(service, false)], "{name}");
        assert_eq!(services(&recognise_name(name)), [(service, false)], "{name}");
    }
    assert_eq!(alone(&subnet("snet-bastion")), []);
}

#[test]
fn by_resources_that_the_subnet_names() {
    for (member, service) in [
        (
            "Microsoft.Network/applicationGateways/agw/gatewayIPConfigurations/c",
            Service::ApplicationGatewayV2,
        ),
        ("Microsoft.Network/bastionHosts/b/bastionHostIpConfigurations/c", Service::Bastion),
        ("Microsoft.Network/virtualNetworkGateways/g/ipConfigurations/c", Service::Gateway),
        ("Microsoft.Network/privateEndpoints/e", Service::PrivateEndpoints),
        ("Microsoft.ApiManagement/service/a", Service::ApiManagement),
        ("Microsoft.Cache/Redis/r", Service::Redis),
    ] {
        let named = NamedSubnet { members: vec![id(member)], ..subnet("snet") };
        let found = recognise(&Network::default(), &named);
        assert_eq!(services(&found), [(service, false)], "{member}");
        let By::Resource(by) = &found[0].by else { panic!("{member} by {:?}", found[0].by) };
        assert_eq!(by.0.matches('/').count(), 8, "the resource itself: {by}");
    }
    // The name of a resource is no type.
    let named = NamedSubnet {
        members: vec![id("Microsoft.Network/networkInterfaces/applicationGateways/ipConfigurations/c")],
        ..subnet("bastionHosts")
    };
    assert_eq!(alone(&named), []);
}

#[test]
fn by_nics_in_it() {
    let place = subnet("snet");
    let address = |subnet: &NamedSubnet| NicAddress {
        address: Address::parse("10.1.1.4").unwrap(),
        subnet: Some(subnet.id.clone()),
        asgs: Vec::new(),
        public: None,
        primary: true,
    };
    let endpoint = Nic {
        id: id("Microsoft.Network/networkInterfaces/pe-nic"),
        addresses: vec![address(&place)],
        private_endpoint: Some(id("Microsoft.Network/privateEndpoints/pe")),
        ..Nic::default()
    };
    let node = Nic {
        id: ResourceId(
            "/subscriptions/s/resourceGroups/MC_rg_c_we/providers/Microsoft.Compute/virtualMachineScaleSets/aks-np1-1-vmss/virtualMachines/0/networkInterfaces/aks-np1-1-vmss"
                .to_owned(),
        ),
        addresses: vec![address(&place)],
        ..Nic::default()
    };
    let network = Network { nics: vec![endpoint, node.clone()], ..Network::default() };
    let recogniser = Recogniser::new(&network);
    let both = [(Service::Aks, false), (Service::PrivateEndpoints, false)];
    assert_eq!(services(&recogniser.at(&place)), both);
    assert_eq!(recogniser.at(&subnet("other")), []);
    // A resource group of another name may be anybody's.
    let id = ResourceId(node.id.0.replace("MC_rg_c_we", "rg-nodes"));
    let network = Network { nics: vec![Nic { id, ..node }], ..Network::default() };
    assert_eq!(services(&recognise(&network, &place)), [(Service::Aks, true)]);
}

#[test]
fn by_rules_in_force_only_perhaps() {
    let found = |rules| {
        let (network, subnet) = guarded(rules);
        services(&recognise(&network, &subnet))
    };
    let allow = |source: &str, port| rule("r", Decision::Allowed, source, &[(port, port)]);
    assert_eq!(found(vec![allow("ApiManagement", 3443)]), [(Service::ApiManagement, true)]);
    assert_eq!(found(vec![allow("BatchNodeManagement.WestEurope", 29876)]), [(Service::Batch, true)]);
    assert_eq!(found(vec![allow("AzureFrontDoor.Backend", 443), allow("ApiManagement", 443)]), []);
    assert_eq!(found(vec![rule("r", Decision::Denied, "ApiManagement", &[(3443, 3443)])]), []);
    let gateway = |range| vec![rule("GatewayManager", Decision::Allowed, "GatewayManager", &[range])];
    assert_eq!(found(gateway((65200, 65535))), [(Service::ApplicationGatewayV2, true)]);
    assert_eq!(found(gateway((65503, 65534))), [(Service::ApplicationGatewayV1, true)]);
    let managed = "Microsoft.Sql-managedInstances_UseOnly_mi-internal-in-10-1-1-0-24-v11";
    let written = rule(managed, Decision::Allowed, "10.1.1.0/24", &[(0, 65535)]);
    assert_eq!(found(vec![written]), [(Service::ManagedInstance, true)]);
}

#[test]
fn what_is_certain_goes_before_what_is_not() {
    let (network, subnet) = guarded(vec![rule("gm", Decision::Allowed, "GatewayManager", &[(65200, 65535)])]);
    let to = "Microsoft.Network/applicationGateways".to_owned();
    let subnet = NamedSubnet { delegations: vec![to.clone()], ..subnet };
    let found = recognise(&network, &subnet);
    assert_eq!(services(&found), [(Service::ApplicationGatewayV2, false)]);
    assert_eq!(found[0].by, By::Delegation(to));
    assert_eq!(
        found[0].sentence(),
        "Application Gateway v2, by the delegation to Microsoft.Network/applicationGateways"
    );
}

#[test]
fn a_default_route_puts_the_platforms_rule_for_licences_out_of_force() {
    let route = |prefix: &str| Route { prefix: Prefix::parse(prefix), ..Route::default() };
    let table =
        |routes| RouteTable { id: id("Microsoft.Network/routeTables/rt"), routes, ..RouteTable::default() };
    let place = subnet("snet");
    let by_id = NamedSubnet { route_table: Some(id("microsoft.network/routetables/RT")), ..place.clone() };
    let with = |table| Network { route_tables: vec![table], ..Network::default() };
    let licences = [(Service::WindowsActivation, false)];
    assert_eq!(services(&recognise(&with(table(vec![route("0.0.0.0/0")])), &by_id)), licences);
    assert_eq!(services(&recognise(&with(table(vec![route("10.0.0.0/8"), route("::/0")])), &by_id)), []);
    assert_eq!(services(&recognise(&with(table(vec![route("0.0.0.0/0")])), &place)), []);
    let named = RouteTable { subnets: vec![place.id.clone()], ..table(vec![route("0.0.0.0/0")]) };
    assert_eq!(services(&recognise(&with(named), &place)), licences);
    let tag = EffectiveTag {
        place: place.id.clone(),
        tag: "VirtualNetwork".to_owned(),
        prefixes: vec![Prefix::parse("10.0.0.0/8").unwrap(), Prefix::parse("0.0.0.0/0").unwrap()],
    };
    let listed = Network { effective: vec![tag], ..Network::default() };
    assert_eq!(services(&recognise(&listed, &place)), licences);
}

#[test]
fn controllers_answer_kerberos_and_ldap() {
    let like =
        |open: &[(Protocol, u16)]| is_like_a_controller(&|protocol, port| open.contains(&(protocol, port)));
    assert!(like(&[(Protocol::TCP, 88), (Protocol::TCP, 389), (Protocol::TCP, 445)]));
    assert!(like(&[(Protocol::UDP, 88), (Protocol::UDP, 389), (Protocol::UDP, 53)]));
    assert!(!like(&[(Protocol::TCP, 389), (Protocol::TCP, 636)]));
    assert!(!like(&[(Protocol::TCP, 88), (Protocol::TCP, 389)]));
}
