//! What rides on the default allow alone: the one definition for findings, the filter, the audit and simulations.
//!
//! Azure's rule 65000 (`AllowVnetInBound`, `AllowVnetOutBound`) lets pass within the virtual network what no rule of
//! a group's own decides. A conversation rides on it alone if something of it was allowed, it is no noise, and every
//! allow of it where it arrives is by that rule; where it was not seen to arrive, every allow where it leaves. What
//! it lets pass is what a later deny cuts.

use super::traffic::Decider;
use azflow_core::model::{Decision, Direction, FlowDirection, Tally};
use azflow_core::store::{Noise, Store};

/// The priority of the rule.
pub const DEFAULT_ALLOW: u16 = 65_000;

/// Allows of one conversation, added one by one.
#[derive(Debug, Default, Clone, Copy)]
pub struct Allows {
    /// On arrival, on leaving: any, and any by another rule.
    ways: [(bool, bool); 2],
}

impl Allows {
    /// Adds one. Without a direction on file it was not seen to arrive.
    pub fn add(&mut self, direction: FlowDirection, is_default_allow: bool) {
        let way = &mut self.ways[usize::from(direction != FlowDirection::Inbound)];
        way.0 = true;
        way.1 |= !is_default_allow;
    }

    /// The way that tells it, and whether the default allow is the only one there; `None`: there is no allow.
    pub fn alone(&self) -> Option<(Direction, bool)> {
        let [arriving, leaving] = self.ways;
        let told = |direction, (any, other): (bool, bool)| any.then_some((direction, !other));
        told(Direction::Inbound, arriving).or(told(Direction::Outbound, leaving))
    }
}

/// What the rule of a context is, as the log names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// It denied, or is a firewall's: no allow of a group.
    Denies,
    /// The default allow.
    Default,
    /// A default rule on leaving whose name is not told: to a public address it may be the one for the Internet.
    Untold,
    /// Another.
    Other,
}

impl Rule {
    fn of(decider: Decider, rule: &str, direction: FlowDirection, decision: Decision) -> Self {
        let rule = rule.to_ascii_lowercase();
        match decider {
            _ if decision == Decision::Denied => Self::Denies,
            Decider::Firewall => Self::Denies,
            Decider::Default if rule.ends_with("allowvnetinbound") || rule.ends_with("allowvnetoutbound") => {
                Self::Default
            }
            Decider::Default if rule == "defaultrule" && direction == FlowDirection::Inbound => Self::Default,
            Decider::Default if rule == "defaultrule" => Self::Untold,
            _ => Self::Other,
        }
    }
}

/// Tells of a store's conversations which ride on the default allow alone, as the logs name rules.
#[derive(Debug)]
pub struct DefaultAllows {
    /// By context.
    rules: Vec<(FlowDirection, Rule)>,
}

impl DefaultAllows {
    /// Looks at what the contexts of a store name.
    pub fn new(store: &Store) -> Self {
        let rule = |context: &azflow_core::ingest::Context| {
            let (acl, rule) = (store.string(context.acl), store.string(context.rule));
            let decider = Decider::of(context.kind, acl, rule);
            (context.direction, Rule::of(decider, rule, context.direction, context.decision))
        };
        Self { rules: store.contexts().iter().map(rule).collect() }
    }

    /// Whether the conversation of a number does, given its tally counted once. The store must have marked noise.
    pub fn has(&self, store: &Store, number: usize, tally: &Tally) -> bool {
        let noise = store.noise().get(number).copied().unwrap_or_default();
        // Nothing of it was allowed where attempts were counted and all were denied.
        if noise != Noise::None || tally.allowed_flows == 0 && tally.attempts() > 0 {
            return false;
        }
        let columns = store.columns();
        let conversation = columns.conversation(number);
        let to_public = store.address(conversation.dst).is_public();
        let mut allows = Allows::default();
        for row in conversation.rows {
            let Some((direction, rule)) = self.rules.get(columns.context(row) as usize) else { continue };
            match rule {
                Rule::Denies => {}
                Rule::Default => allows.add(*direction, true),
                Rule::Untold => allows.add(*direction, !to_public),
                Rule::Other => allows.add(*direction, false),
            }
        }
        allows.alone().is_some_and(|(_, alone)| alone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use azflow_core::model::LogKind;

    #[test]
    fn arriving_counts_before_leaving() {
        use Direction::{Inbound, Outbound};
        let alone = |list: &[(Direction, bool)]| {
            let mut allows = Allows::default();
            list.iter().for_each(|(direction, is_default)| allows.add((*direction).into(), *is_default));
            allows.alone()
        };
        assert_eq!(alone(&[]), None);
        assert_eq!(alone(&[(Outbound, true)]), Some((Outbound, true)));
        assert_eq!(alone(&[(Outbound, false), (Inbound, true)]), Some((Inbound, true)));
        assert_eq!(alone(&[(Outbound, true), (Inbound, true), (Inbound, false)]), Some((Inbound, false)));
    }

    #[test]
    fn the_default_allow_is_known_however_a_log_names_it() {
        use FlowDirection::{Inbound, Outbound};
        let of = |rule: &str, direction| {
            Rule::of(Decider::of(LogKind::Analytics, "nsg", rule), rule, direction, Decision::Allowed)
        };
        assert_eq!(of("DefaultRule_AllowVnetInBound", Inbound), Rule::Default);
        assert_eq!(of("allowvnetoutbound", Outbound), Rule::Default);
        assert_eq!((of("DefaultRule", Inbound), of("DefaultRule", Outbound)), (Rule::Default, Rule::Untold));
        for other in
            ["UserRule_AllowVnetInBound", "DefaultRule_AllowInternetOutBound", "PlatformRule", "UserRule", ""]
        {
            assert_eq!(of(other, Outbound), Rule::Other, "{other}");
        }
        let denied = Rule::of(Decider::Default, "DefaultRule_DenyAllInBound", Inbound, Decision::Denied);
        assert_eq!(denied, Rule::Denies);
    }
}
