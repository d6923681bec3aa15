//! Against looking through the lists.

use super::*;
use azflow_core::model::SortSmall;
use azflow_core::model::{Decision, Direction};
use proptest::prelude::*;

/// The same by looking through the lists, in order after each description.
#[derive(Debug, Default)]
struct Plain(Network);

fn replace<T>(list: &mut Vec<T>, item: T, same: impl Fn(&T, &T) -> bool) {
    match list.iter_mut().find(|known| same(known, &item)) {
        Some(known) => *known = item,
        None => list.push(item),
    }
}

fn find<T>(list: &mut Vec<T>, is: impl Fn(&T) -> bool, make: impl Fn() -> T) -> &mut T {
    let at = list.iter().position(is).unwrap_or_else(|| {
        list.push(make());
        list.len() - 1
    });
    &mut list[at]
}

#[derive(Debug, Clone)]
enum Step {
    Next,
    Subnet(ResourceId, NamedSubnet),
    Peering(ResourceId, Peering),
    Nic(Nic),
    Machine(Machine),
    Nsg(Nsg),
    Rule(ResourceId, bool, SecurityRule),
    Clear(ResourceId),
    Table(RouteTable),
    Route(ResourceId, Route),
    Effective(EffectiveTag),
    Extend(EffectiveTag),
    Tag(ServiceTag),
    Push(ServiceTag),
}

fn plain(steps: &[Step]) -> Network {
    let Plain(mut all) = Plain::default();
    let network = |all: &mut Network, id: &ResourceId| -> usize {
        let name = id.name().to_owned();
        let make = || VirtualNetwork { id: id.clone(), name: name.clone(), ..VirtualNetwork::default() };
        find(&mut all.networks, |one| one.id == *id, make);
        all.networks.iter().position(|one| one.id == *id).unwrap()
    };
    fn nsg<'a>(all: &'a mut Network, id: &ResourceId) -> &'a mut Nsg {
        let name = id.name().to_owned();
        find(
            &mut all.nsgs,
            |one| one.id == *id,
            || Nsg { id: id.clone(), name: name.clone(), ..Nsg::default() },
        )
    }
    for step in steps.iter().cloned() {
        match step {
            Step::Next => sort(&mut all),
            Step::Subnet(id, subnet) => {
                let at = network(&mut all, &id);
                replace(&mut all.networks[at].subnets, subnet, |a, b| a.id == b.id);
            }
            Step::Peering(id, peering) => {
                let at = network(&mut all, &id);
                replace(&mut all.networks[at].peerings, peering, |a, b| a.id == b.id);
            }
            Step::Nic(nic) => replace(&mut all.nics, nic, |a, b| a.id == b.id),
            Step::Machine(machine) => match all.machines.iter_mut().find(|known| known.id == machine.id) {
                Some(known) => {
                    known.size = machine.size.or(known.size.take());
                    known.availability_set = machine.availability_set.or(known.availability_set.take());
                    for nic in machine.nics {
                        if !known.nics.contains(&nic) {
                            known.nics.push(nic);
                        }
                    }
                }
                None => all.machines.push(machine),
            },
            Step::Nsg(group) => replace(&mut all.nsgs, group, |a, b| a.id == b.id),
            Step::Rule(id, defaults, rule) => {
                let nsg = nsg(&mut all, &id);
                let list = if defaults { &mut nsg.default_rules } else { &mut nsg.rules };
                replace(list, rule, |known, rule| {
                    let is_pair =
                        known.doubt.is_some() && known.doubt == rule.doubt && known.access != rule.access;
                    known.direction == rule.direction
                        && known.name.eq_ignore_ascii_case(&rule.name)
                        && !is_pair
                });
            }
            Step::Clear(id) => {
                let nsg = nsg(&mut all, &id);
                nsg.rules.clear();
                nsg.default_rules.clear();
            }
            Step::Table(table) => replace(&mut all.route_tables, table, |a, b| a.id == b.id),
            Step::Route(id, route) => {
                let name = id.name().to_owned();
                let doubt = Some(format!("only single routes of {name} are in the file"));
                let make = || RouteTable {
                    id: id.clone(),
                    name: name.clone(),
                    doubt: doubt.clone(),
                    ..RouteTable::default()
                };
                let table = find(&mut all.route_tables, |table| table.id == id, make);
                replace(&mut table.routes, route, |a, b| a.name.eq_ignore_ascii_case(&b.name));
            }
            Step::Effective(tag) => {
                replace(&mut all.effective, tag, |a, b| {
                    a.place == b.place && a.tag.eq_ignore_ascii_case(&b.tag)
                });
            }
            Step::Extend(tag) => {
                let same = |known: &&mut EffectiveTag| {
                    known.place == tag.place && known.tag.eq_ignore_ascii_case(&tag.tag)
                };
                match all.effective.iter_mut().find(same) {
                    Some(known) => known.prefixes.extend(tag.prefixes),
                    None => all.effective.push(tag),
                }
                for tag in &mut all.effective {
                    tag.prefixes.sort_small();
                    tag.prefixes.dedup();
                }
            }
            Step::Tag(tag) => replace(&mut all.tags, tag, |a, b| a.name.eq_ignore_ascii_case(&b.name)),
            Step::Push(tag) => all.tags.push(tag),
        }
    }
    sort(&mut all);
    all
}

fn grown(steps: &[Step]) -> Network {
    let mut all = Growing::default();
    for step in steps.iter().cloned() {
        match step {
            Step::Next => all.next(),
            Step::Subnet(id, subnet) => {
                let at = all.place(&id);
                all.put_subnet(at, subnet);
            }
            Step::Peering(id, peering) => {
                let at = all.place(&id);
                all.put_peering(at, peering);
            }
            Step::Nic(nic) => all.put_nic(nic),
            Step::Machine(machine) => all.put_machine(machine),
            Step::Nsg(group) => all.put_nsg(group),
            Step::Rule(id, defaults, rule) => all.put_rules(&id, defaults, [rule]),
            Step::Clear(id) => all.clear_rules(&id),
            Step::Table(table) => all.put_route_table(table),
            Step::Route(id, route) => all.put_routes(&id, [route]),
            Step::Effective(tag) => all.put_effective(tag),
            Step::Extend(tag) => {
                all.extend_effective(tag);
                all.put_effective_in_order();
            }
            Step::Tag(tag) => all.put_tag(tag),
            Step::Push(tag) => all.push_tag(tag),
        }
    }
    all.finish()
}

fn id() -> impl Strategy<Value = ResourceId> {
    prop::sample::select(vec!["/a/b", "/A/B", "/a/b/", "/a/c", "", "x", "X"])
        .prop_map(|id| ResourceId(id.into()))
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["n", "N", "m", ""]).prop_map(str::to_owned)
}

fn prefixes() -> impl Strategy<Value = Vec<azflow_core::model::Prefix>> {
    let prefix =
        (0u32..4).prop_map(|at| azflow_core::model::Prefix::of(azflow_core::model::Address::from_v4(at), 32));
    prop::collection::vec(prefix, 0..4)
}

fn rule() -> impl Strategy<Value = SecurityRule> {
    (name(), 0u16..3, any::<[bool; 2]>(), prop::option::of(name())).prop_map(
        |(name, priority, flags, doubt)| SecurityRule {
            name,
            description: String::new(),
            priority,
            direction: if flags[0] { Direction::Inbound } else { Direction::Outbound },
            access: if flags[1] { Decision::Allowed } else { Decision::Denied },
            protocol: None,
            sources: Vec::new(),
            source_ports: Vec::new(),
            destinations: Vec::new(),
            destination_ports: Vec::new(),
            doubt,
        },
    )
}

fn route() -> impl Strategy<Value = Route> {
    (name(), name(), name()).prop_map(|(name, destination, next_hop)| Route {
        name,
        destination,
        next_hop,
        ..Route::default()
    })
}

fn effective() -> impl Strategy<Value = EffectiveTag> {
    (id(), name(), prefixes()).prop_map(|(place, tag, prefixes)| EffectiveTag { place, tag, prefixes })
}

fn tag() -> impl Strategy<Value = ServiceTag> {
    (name(), prefixes()).prop_map(|(name, prefixes)| ServiceTag { name, prefixes, ..ServiceTag::default() })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let rules = || prop::collection::vec(rule(), 0..3);
    let step = prop_oneof![
        1 => Just(Step::Next),
        1 => (id(), id(), name(), prefixes()).prop_map(|(of, id, name, prefixes)| {
            Step::Subnet(of, NamedSubnet { id, name, prefixes, ..NamedSubnet::default() })
        }),
        1 => (id(), id(), name())
            .prop_map(|(of, id, name)| Step::Peering(of, Peering { id, name, ..Peering::default() })),
        1 => (id(), name()).prop_map(|(id, name)| Step::Nic(Nic { id, name, ..Nic::default() })),
        1 => (id(), prop::option::of(name()), prop::collection::vec(id(), 0..4))
            .prop_map(|(id, size, nics)| Step::Machine(Machine { id, size, nics, ..Machine::default() })),
        1 => (id(), rules(), rules()).prop_map(|(id, rules, default_rules)| {
            Step::Nsg(Nsg { id, rules, default_rules, ..Nsg::default() })
        }),
        4 => (id(), any::<bool>(), rule()).prop_map(|(id, defaults, rule)| Step::Rule(id, defaults, rule)),
        1 => id().prop_map(Step::Clear),
        1 => (id(), prop::collection::vec(route(), 0..3))
            .prop_map(|(id, routes)| Step::Table(RouteTable { id, routes, ..RouteTable::default() })),
        3 => (id(), route()).prop_map(|(id, route)| Step::Route(id, route)),
        1 => effective().prop_map(Step::Effective),
        1 => effective().prop_map(Step::Extend),
        1 => tag().prop_map(Step::Tag),
        1 => tag().prop_map(Step::Push),
    ];
    prop::collection::vec(step, 0..24)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_description_is_read_as_if_by_looking_through_the_lists(mut steps in steps()) {
        // Only merging puts whole effective tags and tags in place of others.
        steps.retain(|step| !matches!(step, Step::Next | Step::Effective(_) | Step::Tag(_)));
        prop_assert_eq!(grown(&steps), plain(&steps), "{:?}", steps);
    }

    #[test]
    fn descriptions_are_merged_as_if_by_looking_through_the_lists(mut steps in steps()) {
        // What is merged is in order, and has each tag and group once.
        steps.retain(|step| !matches!(step, Step::Push(_) | Step::Nsg(_) | Step::Extend(_)));
        for step in &mut steps {
            if let Step::Table(table) = step {
                table.routes.sort_small_by(order::routes);
            }
        }
        prop_assert_eq!(grown(&steps), plain(&steps), "{:?}", steps);
    }
}
