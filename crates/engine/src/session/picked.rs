//! Filters with their names looked up, and what the last ones left.

use super::View;
use super::network::{Named, crossing};
use crate::filter::{ANY_NOISE, Field, Filter, Measure, Text, Value, parse, ports_of};
use crate::rules::DefaultAllows;
use crate::topology::{Cut, Path};
use azflow_core::ingest::Context;
use azflow_core::model::{Address, Decision, FlowDirection, LogKind, Protocol, Tally};
use azflow_core::store::{Bits, ByDecision, Mode, Noise, Pick, Services, Store, Test};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Filters whose results are kept: that of the view, and one to compare it with.
const KEPT: usize = 2;

/// The last results, the latest first. They belong to what is loaded and to its names: whoever owns them clears
/// them when those change.
#[derive(Debug, Default)]
pub(super) struct Picks(Vec<((String, Cut, Mode), Arc<Pick>)>);

impl Picks {
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Bytes that they take.
    pub fn held(&self) -> usize {
        self.0.iter().map(|(_, pick)| pick.held()).sum()
    }

    /// Forgets all but what a view's filter has left.
    pub fn keep_only(&mut self, view: Option<&View>) {
        self.0.retain(|(known, _)| {
            view.is_some_and(|view| *known == (view.filter.clone(), view.cut, view.mode))
        });
    }

    /// What a view's filter leaves; `None`: everything.
    pub fn get(&mut self, store: &mut Store, named: &Named<'_>, view: &View) -> Option<Arc<Pick>> {
        if view.filter.is_empty() {
            return None;
        }
        let key = (view.filter.clone(), view.cut, view.mode);
        if let Some(at) = self.0.iter().position(|(known, _)| *known == key) {
            let found = self.0.remove(at);
            self.0.insert(0, found);
        } else {
            // Before the new one is made: two may be as large as everything else.
            self.0.truncate(KEPT - 1);
            self.0.insert(0, (key, Arc::new(picked(store, named, view))));
        }
        self.0.first().map(|(_, pick)| Arc::clone(pick))
    }
}

fn picked(store: &mut Store, named: &Named<'_>, view: &View) -> Pick {
    let Ok(filter) = parse(&view.filter) else {
        return store.pick(view.mode, &Test::Always(false));
    };
    store.count(view.mode);
    store.know();
    if filter.asks(Field::Noise) || filter.asks(Field::By) {
        store.mark_noise();
    }
    let compile = |decided| Compiler { store, named, mode: view.mode, decided }.test(&filter);
    // As logged, what a line says is what counts.
    if view.mode == Mode::Conversations && filter.asks(Field::Decision) {
        let parts = [Decision::Allowed, Decision::Denied].map(|decision| compile(Some(decision)));
        let tests = ByDecision { parts, logged: compile(None) };
        return store.pick_by_decision(&tests);
    }
    let test = compile(None);
    store.pick(view.mode, &test)
}

struct Compiler<'a> {
    store: &'a Store,
    named: &'a Named<'a>,
    mode: Mode,
    /// The part of conversations that is asked about; without, each row's own decision is.
    decided: Option<Decision>,
}

impl Compiler<'_> {
    fn test(&self, filter: &Filter) -> Test {
        let all = |list: &[Filter]| list.iter().map(|one| self.test(one)).collect();
        match filter {
            Filter::Everything => Test::Always(true),
            Filter::Has(field, values) => self.has(*field, values),
            Filter::Counts(measure, op, number) => {
                let totals = self.store.totals(self.mode);
                let fits = |tally: &Tally| {
                    let value = match measure {
                        Measure::Flows => tally.attempts(),
                        Measure::Allowed => tally.allowed_flows,
                        Measure::Denied => tally.denied_flows,
                        Measure::Bytes => tally.counters.bytes(),
                        Measure::Packets => tally.counters.packets(),
                    };
                    op.holds(value, *number)
                };
                Test::Conversation(Bits::of(totals.len(), &|at| totals.get(at).is_some_and(fits)))
            }
            Filter::Not(inner) => Test::Not(Box::new(self.test(inner))),
            Filter::And(list) => Test::All(all(list)),
            Filter::Or(list) => Test::Any(all(list)),
        }
    }

    fn has(&self, field: Field, values: &[Value]) -> Test {
        let either = |set: Bits| Test::Any(vec![Test::Src(set.clone()), Test::Dst(set)]);
        match field {
            Field::Any => {
                let texts: Vec<&Text> = texts(values).collect();
                Test::Any(vec![
                    either(self.addresses(values, true)),
                    Test::Service(Box::new(services_like(&texts))),
                    self.contexts(&|context| {
                        let acl = self.store.string(context.acl);
                        let names =
                            [self.store.string(context.rule), acl.rsplit('/').next().unwrap_or_default()];
                        texts.iter().any(|text| {
                            names.iter().any(|name| text.fits(name)) || self.is_nic(text, context)
                        })
                    }),
                ])
            }
            Field::Src => Test::Src(self.addresses(values, true)),
            Field::Dst => Test::Dst(self.addresses(values, true)),
            Field::Host => either(self.addresses(values, true)),
            Field::Net => either(self.addresses(values, false)),
            Field::Port => Test::Service(Box::new(ports(values))),
            Field::Protocol => Test::Service(Box::new(protocols(values))),
            Field::Path => {
                let wanted: Vec<Path> =
                    Path::ALL.into_iter().filter(|path| is_word(values, path.as_str())).collect();
                Test::Conversation(crossing(self.named, self.store, &wanted))
            }
            Field::By => {
                let defaults = DefaultAllows::new(self.store);
                let totals = self.store.totals(Mode::Conversations);
                let is = |at: usize| totals.get(at).is_some_and(|tally| defaults.has(self.store, at, tally));
                Test::Conversation(Bits::of(totals.len(), &is))
            }
            Field::Noise => {
                let marks = self.store.noise();
                let is = |mark: &Noise| {
                    mark.is_noise() && (is_word(values, ANY_NOISE) || is_word(values, mark.as_str()))
                };
                Test::Conversation(Bits::of(marks.len(), &|at| marks.get(at).is_some_and(is)))
            }
            Field::Decision => match self.decided {
                Some(part) => Test::Always(is_word(values, decision_word(part))),
                None => self.contexts(&|context| is_word(values, decision_word(context.decision))),
            },
            Field::Logged => self.contexts(&|context| is_word(values, decision_word(context.decision))),
            Field::Direction => self.contexts(&|context| {
                let word = match context.direction {
                    FlowDirection::Inbound => "in",
                    FlowDirection::Outbound => "out",
                    FlowDirection::Unknown => "unknown",
                };
                is_word(values, word)
            }),
            Field::Kind => self.contexts(&|context| {
                is_word(
                    values,
                    match context.kind {
                        LogKind::Vnet => "vnet",
                        LogKind::Nsg => "nsg",
                        LogKind::Analytics | LogKind::AnalyticsNsg => "analytics",
                        _ => "query",
                    },
                )
            }),
            Field::Rule => self.contexts(&|context| {
                let name = self.store.string(context.rule);
                texts(values).any(|text| text.fits(name))
            }),
            Field::Acl => self.contexts(&|context| {
                let path = self.store.string(context.acl);
                let name = path.rsplit('/').next().unwrap_or_default();
                texts(values).any(|text| text.fits(path) || text.fits(name))
            }),
            Field::Encryption => self.contexts(&|context| {
                let state = self.store.string(context.encryption);
                texts(values).any(|text| text.is(state))
            }),
            Field::Nic => self.contexts(&|context| texts(values).any(|text| self.is_nic(text, context))),
            Field::Time => Test::Minutes(
                values
                    .iter()
                    .filter_map(|value| match value {
                        Value::Span(span) => Some((span.from, span.until)),
                        _ => None,
                    })
                    .collect(),
            ),
        }
    }

    /// The addresses in a block, or in a subnet, network or, where they count, of a machine of such a name.
    fn addresses(&self, values: &[Value], machines: bool) -> Bits {
        let of = self.named.subnets;
        let fits = |name: &str| texts(values).any(|text| text.fits(name));
        let named: Vec<bool> = of
            .subnets
            .iter()
            .map(|subnet| fits(&subnet.name) || subnet.network.as_deref().is_some_and(fits))
            .collect();
        let machine: Vec<(Address, &str)> =
            self.named.naming.machines().filter(|(_, name)| machines && fits(name)).collect();
        let machine = BTreeSet::from_iter(machine.into_iter().map(|(address, _)| address));
        let blocks: Vec<&Value> = values.iter().filter(|value| matches!(value, Value::Block(..))).collect();
        Bits::of(of.subnet_of.len(), &|number| {
            let subnet = of.subnet_of.get(number).copied().unwrap_or(u32::MAX);
            if named.get(subnet as usize).is_some_and(|named| *named) {
                return true;
            }
            let address = self.store.address(number as u32);
            blocks.iter().any(|block| block.holds(address))
                || (!machine.is_empty() && machine.contains(&address))
        })
    }

    fn contexts(&self, wanted: &dyn Fn(&Context) -> bool) -> Test {
        let contexts = self.store.contexts();
        let wanted = Bits::of(contexts.len(), &|number| contexts.get(number).is_some_and(wanted));
        self.store.contexts_test(wanted)
    }

    /// Whether the NIC is called so: by its MAC address, with or without signs between, or its machine.
    fn is_nic(&self, text: &Text, context: &Context) -> bool {
        let mac = self.store.string(context.mac);
        let plain = Text { text: text.text.replace([':', '-'], ""), exact: text.exact };
        let machine = self.named.naming.machine_of_nic(mac);
        (!plain.text.is_empty() && plain.fits(mac)) || machine.is_some_and(|name| text.fits(name))
    }
}

fn texts(values: &[Value]) -> impl Iterator<Item = &Text> {
    values.iter().filter_map(|value| match value {
        Value::Text(text) => Some(text),
        _ => None,
    })
}

fn is_word(values: &[Value], word: &str) -> bool {
    values.iter().any(|value| matches!(value, Value::Word(known) if *known == word))
}

fn decision_word(decision: Decision) -> &'static str {
    if decision == Decision::Allowed { "allowed" } else { "denied" }
}

/// How many ports there are.
const PORTS: usize = 1 << 16;

/// The protocols that are wanted, by their places.
fn protocols_of(wanted: &dyn Fn(Protocol) -> bool) -> Bits {
    let all: Vec<Protocol> = Protocol::all().collect();
    Bits::of(all.len(), &|place| all.get(place).is_some_and(|protocol| wanted(*protocol)))
}

fn with_ports(list: impl Iterator<Item = (Protocol, u16)>) -> Services {
    let mut out = Services {
        tcp: Bits::none(PORTS),
        udp: Bits::none(PORTS),
        unknown: Bits::none(PORTS),
        others: protocols_of(&|_| false),
    };
    for (protocol, port) in list {
        let set = if protocol == Protocol::TCP { &mut out.tcp } else { &mut out.udp };
        set.set(usize::from(port));
    }
    out
}

fn ports(values: &[Value]) -> Services {
    let named: Vec<(Protocol, u16)> = texts(values).flat_map(ports_of).collect();
    let mut out = with_ports(named.into_iter());
    for value in values {
        if let Value::Ports(first, last) = value {
            (*first..=*last).map(usize::from).for_each(|port| {
                out.tcp.set(port);
                out.udp.set(port);
                out.unknown.set(port);
            });
        }
    }
    out
}

fn protocols(values: &[Value]) -> Services {
    let wanted = |protocol: Protocol| values.contains(&Value::Protocol(protocol));
    Services {
        tcp: Bits::of(PORTS, &|_| wanted(Protocol::TCP)),
        udp: Bits::of(PORTS, &|_| wanted(Protocol::UDP)),
        unknown: Bits::of(PORTS, &|_| wanted(Protocol::UNKNOWN)),
        others: protocols_of(&wanted),
    }
}

/// Services whose name has a text in it, or whose port or protocol is written so.
fn services_like(texts: &[&Text]) -> Services {
    let mut list = azflow_core::model::named_ports(&|name| texts.iter().any(|text| text.fits(name)));
    for text in texts {
        list.extend(ports_of(text));
        if let Ok(port) = text.text.parse() {
            list.extend([(Protocol::TCP, port), (Protocol::UDP, port)]);
        }
    }
    let mut out = with_ports(list.into_iter());
    for protocol in Protocol::all() {
        if protocol.keyword().is_some_and(|word| texts.iter().any(|text| text.is(word))) {
            match protocol {
                Protocol::TCP => out.tcp = Bits::of(PORTS, &|_| true),
                Protocol::UDP => out.udp = Bits::of(PORTS, &|_| true),
                Protocol::UNKNOWN => out.unknown = Bits::of(PORTS, &|_| true),
                _ => {}
            }
            out.others.set(protocol.place());
        }
    }
    out
}
