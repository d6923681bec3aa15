//! Why a rule is added, and why one in force stays, each in a sentence.

use super::DraftOptions;
use super::force::{is_denial, is_wide};
use super::needs::Member;
use super::pieces::Piece;
use azflow_core::model::SecurityRule;

/// Why a new rule is there.
pub fn added(piece: &Piece, rules: &[SecurityRule]) -> String {
    let marked = piece.members.iter().filter(|member| member.marked).count();
    let mut why = match marked {
        0 => "seen".to_owned(),
        all if all == piece.members.len() => "marked as needed".to_owned(),
        some => format!("seen, {some} of {} conversations marked as needed", piece.members.len()),
    };
    let last = piece.members.iter().map(|member| member.last).max();
    if let Some(last) = last {
        let flows: u64 = piece.members.iter().map(|member| member.flows).fold(0, u64::saturating_add);
        let flows = if flows == 1 { "a flow".to_owned() } else { format!("{flows} flows") };
        why.push_str(&format!(", {flows}, last on {}", last.to_day()));
    }
    let name = |at: u32| rules.get(at as usize).map(|rule| rule.name.as_str()).unwrap_or_default();
    if let Some(old) = piece.anew.instead {
        why.push_str(&format!("; in place of {}", name(old)));
    }
    if let Some(denial) = piece.anew.denial {
        why.push_str(&format!("; it stands before {}, which is in force", name(denial)));
    }
    why
}

/// Why a rule in force stays.
pub fn kept(rule: &SecurityRule, members: &[Member], is_drafted: bool, options: &DraftOptions) -> String {
    if is_denial(rule) {
        return "kept: a denial in force denies what it denied".to_owned();
    }
    if !is_drafted {
        return "kept: nothing is drafted in this direction".to_owned();
    }
    match members.iter().map(|member| member.last).max() {
        Some(last) if members.len() == 1 => format!("kept: a conversation needs it, last on {}", last.to_day()),
        Some(last) => format!("kept: {} conversations need it, last on {}", members.len(), last.to_day()),
        None if is_wide(rule, options) => {
            "kept: nothing was seen that needs it, which is no proof; it lets pass much that the deny behind it does not reach"
                .to_owned()
        }
        None => "kept: nothing was seen that needs it, which is no proof that nothing does".to_owned(),
    }
}
