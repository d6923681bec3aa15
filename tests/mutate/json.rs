//! Changes to the structure of JSON: what a writer of another version, a careless script or an attacker may leave.

use super::dice::Dice;
use super::odd;
use serde_json::Value;

/// JSON that may have a key twice, and numbers that no type holds.
#[derive(Debug, Clone)]
enum Node {
    /// As it is written.
    Raw(String),
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl From<Value> for Node {
    fn from(value: Value) -> Self {
        match value {
            Value::String(text) => Self::Text(text),
            Value::Array(list) => Self::List(list.into_iter().map(Self::from).collect()),
            Value::Object(map) => Self::Object(map.into_iter().map(|(key, of)| (key, of.into())).collect()),
            other => Self::Raw(other.to_string()),
        }
    }
}

/// The text with some parts of its structure changed; `None` where it is no JSON.
pub fn mutate(text: &str, dice: &mut Dice) -> Option<String> {
    let value: Value = serde_json::from_str(text).ok()?;
    let mut node = Node::from(value);
    for _ in 0..1 + dice.below(3) {
        let at = dice.below(node.size());
        node.at(at, &mut |of| change(of, dice));
    }
    let mut out = String::new();
    let style = dice.below(3);
    node.write(&mut out, style);
    Some(out)
}

impl Node {
    fn size(&self) -> usize {
        1 + match self {
            Self::List(list) => list.iter().map(Self::size).sum(),
            Self::Object(list) => list.iter().map(|(_, of)| of.size()).sum(),
            _ => 0,
        }
    }

    /// Does something to the node of a number, counted from the root. The number is what is left of it.
    fn at(&mut self, number: usize, act: &mut dyn FnMut(&mut Self)) -> usize {
        if number == 0 {
            act(self);
            return usize::MAX;
        }
        let mut left = number - 1;
        let below: Vec<&mut Self> = match self {
            Self::List(list) => list.iter_mut().collect(),
            Self::Object(list) => list.iter_mut().map(|(_, of)| of).collect(),
            _ => Vec::new(),
        };
        for node in below {
            left = node.at(left, act);
            if left == usize::MAX {
                break;
            }
        }
        left
    }

    fn write(&self, out: &mut String, style: usize) {
        let space = ["", " ", "\r\n\t"][style];
        match self {
            Self::Raw(text) => out.push_str(text),
            Self::Text(text) => out.push_str(&Value::from(text.as_str()).to_string()),
            Self::List(list) => {
                out.push('[');
                for (at, node) in list.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    out.push_str(space);
                    node.write(out, style);
                }
                out.push(']');
            }
            Self::Object(list) => {
                out.push('{');
                for (at, (key, node)) in list.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    out.push_str(space);
                    out.push_str(&Value::from(key.as_str()).to_string());
                    out.push(':');
                    out.push_str(space);
                    node.write(out, style);
                }
                out.push('}');
            }
        }
    }
}

fn any(dice: &mut Dice) -> Node {
    match dice.below(8) {
        0 => Node::Raw("null".to_owned()),
        1 => Node::Raw("true".to_owned()),
        2 | 3 => Node::Raw(odd::number(dice).to_owned()),
        4 => Node::List(Vec::new()),
        5 => Node::Object(Vec::new()),
        6 => Node::List(vec![Node::Text(odd::text(dice)); 1 + dice.below(3)]),
        _ => Node::Text(odd::text(dice)),
    }
}

fn deep(inner: Node, dice: &mut Dice) -> Node {
    let depth = [1, 2, 20, 30, 130, 600][dice.below(6)];
    (0..depth).fold(inner, |node, _| {
        if dice.one_in(2) {
            Node::List(vec![node])
        } else {
            Node::Object(vec![("properties".to_owned(), node)])
        }
    })
}

fn change(node: &mut Node, dice: &mut Dice) {
    match node {
        Node::Object(list) if !list.is_empty() && !dice.one_in(6) => {
            let (at, other) = (dice.below(list.len()), dice.below(list.len()));
            match dice.below(10) {
                0 | 1 => drop(list.remove(at)),
                2 => list.push(list[at].clone()),
                3 => {
                    let key = list[at].0.clone();
                    list.insert(other, (key, any(dice)));
                }
                4 => {
                    let of = list[other].1.clone();
                    list[other].1 = std::mem::replace(&mut list[at].1, of);
                }
                5 => list.swap(at, other),
                6 | 7 => list[at].0 = odd::changed(&list[at].0, dice),
                8 => {
                    // A list where one was, or the other way round.
                    let of = std::mem::replace(&mut list[at].1, Node::List(Vec::new()));
                    list[at].1 = match of {
                        Node::List(mut all) if all.len() == 1 => all.remove(0),
                        of => Node::List(vec![of]),
                    };
                }
                _ => list.push((odd::text(dice), any(dice))),
            }
        }
        Node::List(list) if !list.is_empty() && !dice.one_in(6) => {
            let (at, other) = (dice.below(list.len()), dice.below(list.len()));
            match dice.below(8) {
                0 => drop(list.remove(at)),
                1 => list.insert(other, list[at].clone()),
                2 => list.swap(at, other),
                3 => list.truncate(at),
                4 => list.insert(at, any(dice)),
                5 => {
                    let copies = vec![list[at].clone(); [2, 30, 200][dice.below(3)]];
                    // What is large already stays within what a test can take.
                    if copies[0].size() * copies.len() < 20_000 {
                        list.extend(copies);
                    }
                }
                6 => list[at] = Node::List(vec![list[at].clone()]),
                _ => list.reverse(),
            }
        }
        Node::Text(text) if !dice.one_in(8) => *text = odd::changed(text, dice),
        Node::Raw(_) if !dice.one_in(4) => *node = Node::Raw(odd::number(dice).to_owned()),
        _ if dice.one_in(3) => {
            let inner = std::mem::replace(node, Node::List(Vec::new()));
            *node = deep(inner, dice);
        }
        _ => *node = any(dice),
    }
}
