//! Drafting rules for a million conversations, and simulating them: from the press until the figures are painted.

use super::{ROUNDS, median};
use azflow_browser_tests::{Browser, Outcome, Over, Page, Stage};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Presses one element and notes when another is there, painted.
const PRESS: &str = "
    const [press, wanted] = arguments;
    const of = (id) => document.querySelector(`[data-testid=\"${id}\"]`);
    window.took = null;
    const began = performance.now();
    of(press).click();
    const look = () => requestAnimationFrame(() => {
        if (!of(wanted)) return look();
        setTimeout(() => { window.took = performance.now() - began; });
    });
    look();";

fn press(page: &Page<'_>, press: &str, wanted: &str) -> Outcome<f64> {
    page.session().run(PRESS, &[json!(press), json!(wanted)])?;
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(100));
        if let Some(took) = page.session().run("return window.took", &[])?.as_f64() {
            return Ok(took);
        }
    }
    let says = page.session().run("return document.querySelector('main')?.textContent.slice(0, 300)", &[])?;
    Err(format!("{wanted} did not come; the page says {says}").into())
}

/// Without groups and with one in force at each subnet, which lets the whole network pass as most estates do.
pub fn measure(file: &Path) -> Outcome {
    let folder = tempfile::tempdir()?;
    let estate: Vec<PathBuf> = [("vnets.json", networks()), ("nsgs.json", groups())]
        .into_iter()
        .map(|(name, of)| {
            let path = folder.path().join(name);
            std::fs::write(&path, of.to_string())?;
            Ok(path)
        })
        .collect::<std::io::Result<_>>()?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    println!("\n| {name}, a million conversations over 60 subnets | median of {ROUNDS} | longest |");
    println!("|---|---|---|");
    for (groups, described) in [("", &[][..]), (", 60 groups in force", &estate)] {
        let [mut drafted, mut simulated] = [const { Vec::new() }; 2];
        for _ in 0..ROUNDS {
            let stage = Stage::set(Browser::Chromium)?.ok_or("Chromium is needed")?;
            let page = stage.open(Over::File)?;
            page.load(&[&[file.to_owned()], described].concat())?;
            // Findings come last.
            std::thread::sleep(Duration::from_secs(10));
            // The screen begins with the draft: this is from nothing.
            drafted.push(press(&page, "tab-rules", "draft-figures")?);
            simulated.push(press(&page, "rules-simulate", "simulation-totals")?);
        }
        let rows = [
            ("draft: the screen opened → figures painted", drafted),
            ("simulate the draft: pressed → totals painted", simulated),
        ];
        for (what, times) in rows {
            let longest = times.iter().copied().fold(f64::NAN, f64::max);
            println!("| {what}{groups} | {:.0} ms | {longest:.0} ms |", median(&times));
        }
    }
    Ok(())
}

/// The subnets of the generated kind `broad`: thirty in each of two networks, which are peered.
const NETWORKS: [u8; 2] = [20, 21];
const SUBNETS: u8 = 30;

fn id(of: &str) -> String {
    format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/{of}")
}

fn networks() -> Value {
    let subnet = |network: u8, at: u8| {
        json!({
            "id": id(&format!("virtualNetworks/v-{network}/subnets/s-{at}")), "name": format!("s-{at}"),
            "addressPrefix": format!("10.{network}.{at}.0/24"),
            "networkSecurityGroup": { "id": id(&format!("networkSecurityGroups/nsg-{network}-{at}")) },
        })
    };
    let network = |(own, other): (u8, u8)| {
        json!({
            "id": id(&format!("virtualNetworks/v-{own}")), "name": format!("v-{own}"),
            "type": "Microsoft.Network/virtualNetworks",
            "addressSpace": { "addressPrefixes": [format!("10.{own}.0.0/16")] },
            "subnets": (0..SUBNETS).map(|at| subnet(own, at)).collect::<Vec<Value>>(),
            "virtualNetworkPeerings": [{
                "id": id(&format!("virtualNetworks/v-{own}/virtualNetworkPeerings/p")), "name": "p",
                "peeringState": "Connected", "allowVirtualNetworkAccess": true,
                "remoteVirtualNetwork": { "id": id(&format!("virtualNetworks/v-{other}")) },
                "remoteAddressSpace": { "addressPrefixes": [format!("10.{other}.0.0/16")] },
            }],
        })
    };
    let [one, two] = NETWORKS;
    json!([network((one, two)), network((two, one))])
}

fn groups() -> Value {
    let rule = |name: &str, priority: u16, access: &str, protocol: &str, source: &str, port: &str| {
        json!({
            "name": name, "priority": priority, "direction": "Inbound", "access": access, "protocol": protocol,
            "sourceAddressPrefix": source, "sourcePortRange": "*",
            "destinationAddressPrefix": "*", "destinationPortRange": port,
        })
    };
    let group = |network: u8, at: u8| {
        json!({
            "id": id(&format!("networkSecurityGroups/nsg-{network}-{at}")), "name": format!("nsg-{network}-{at}"),
            "type": "Microsoft.Network/networkSecurityGroups",
            "securityRules": [
                rule("no-smb", 150, "Deny", "Tcp", "10.21.0.0/16", "445"),
                rule("web", 200, "Allow", "Tcp", "10.0.0.0/8", "443"),
                rule("all", 300, "Allow", "*", "VirtualNetwork", "*"),
            ],
            "subnets": [{ "id": id(&format!("virtualNetworks/v-{network}/subnets/s-{at}")) }],
        })
    };
    NETWORKS.iter().flat_map(|network| (0..SUBNETS).map(|at| group(*network, at))).collect()
}
