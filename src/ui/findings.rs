//! The Findings screen: what stands out, each with its numbers and its limits; and noise by kind.

use super::format::{moment, short};
use super::state::{Choice, Choices, ChoicesHandle, ResultsHandle, Screen};
use super::widgets::{number, size};
use super::words::findings as words;
use super::words::sentence;
use crate::findings::{Code, Finding, Instance, NoiseRow, Severity};
use crate::session::FindingsAnswer;
use crate::ui::text;
use yew::prelude::*;

/// Instances shown before all are asked for.
const FIRST: usize = 5;

type Dispatcher = UseReducerDispatcher<Choices>;

/// A column of a finding's table.
#[derive(Clone, Copy, PartialEq)]
enum Column {
    From,
    To,
    Service,
    Allowed,
    Denied,
    Bytes,
    Hosts,
    Targets,
    Conversations,
    Number(&'static str),
    Through,
    End,
    Rules,
    First,
    Last,
}

use Column::{
    Allowed, Bytes, Conversations, Denied, End, First, From, Hosts, Last, Number, Rules, Service, Targets, Through, To,
};

fn columns(code: Code) -> &'static [Column] {
    match code {
        Code::ManagementOpen | Code::LegacyProtocol => &[From, To, Service, Allowed, Hosts, Rules],
        Code::Scanner => &[From, Targets, Number("ports"), Denied, Through],
        Code::EncryptionDrops => &[From, To, Service, Denied, Hosts],
        Code::DefaultAllow => &[From, To, Service, Allowed, Hosts, Bytes],
        Code::DeniedRetries => &[From, To, Service, Denied, Hosts, Number("hours"), Rules],
        Code::WithoutPeering => &[From, To, Allowed, Conversations],
        Code::OneSided => &[From, To, Service, Allowed, Hosts, End],
        Code::TwoGroups => &[From, To, Conversations, Number("alike")],
        Code::CoverageGaps => &[From, To, Number("hours missing"), First, Last],
        Code::PublicTalk => &[From, Targets, Number("services"), Allowed, Bytes],
        Code::NewTalkers => &[From, To, Service, Allowed, Hosts, First],
        Code::GoneTalkers => &[From, To, Service, Allowed, Hosts, Last],
    }
}

/// The heading of a column, and whether it holds figures.
fn heading(column: Column, code: Code) -> (&'static str, bool) {
    match column {
        From => (words::from(code), false),
        To => (words::to(code), false),
        Service => (words::SERVICE, false),
        Allowed => (words::ALLOWED, true),
        Denied => (words::DENIED, true),
        Bytes => (words::BYTES, true),
        Hosts => (words::HOSTS, true),
        Targets => (words::TARGETS, true),
        Conversations => (words::CONVERSATIONS, true),
        Number(words) => (words, true),
        Through => (words::THROUGH, true),
        End => (words::END, false),
        Rules => (words::RULES, false),
        First => (words::FIRST, false),
        Last => (words::LAST, false),
    }
}
