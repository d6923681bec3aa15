//! Route tables and single routes.

use super::Reading;
use super::resources::{children, cut_children, id_of, name_of, parent, unread};
use super::value::{Object, last, reference};
use azflow_core::model::{Address, Prefix, Route, RouteTable};
use serde_json::Value;

/// A route table; its routes may be cut off, or be for a service tag.
pub(super) fn route_table(o: &Object<'_>, out: &mut Reading) {
    let id = id_of(o);
    let name = name_of(o, &id);
    let cut = cut_children(o, "routes");
    let routes: Vec<Route> = children(o, "routes", out).iter().map(route).collect();
    let doubt = if !o.names("routes") && !o.get("properties").is_some_and(Value::is_object) {
        Some(format!("the file has {name} without its routes"))
    } else {
        unread(&cut).map(|what| format!("not all routes of {name} are in the file: {what}"))
    };
    let table = RouteTable {
        id,
        name,
        routes,
        subnets: o.list("subnets").into_iter().filter_map(reference).collect(),
        ignores_gateways: o.flag("disablebgproutepropagation"),
        doubt,
    };
    out.network.put_route_table(table);
}

fn route(o: &Object<'_>) -> Route {
    let destination = o.text("addressprefix");
    Route {
        name: last(o.text("name")).to_owned(),
        destination: destination.to_owned(),
        prefix: Prefix::parse(destination),
        next_hop: o.text("nexthoptype").to_owned(),
        next_hop_address: Address::parse(o.text("nexthopipaddress")),
    }
}

/// A route without its table around it: the table is in its id.
pub(super) fn lone_route(o: &Object<'_>, out: &mut Reading) {
    let id = parent(o, "routeTables");
    out.network.put_routes(&id, [route(o)]);
}
