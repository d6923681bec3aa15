//! The promise that nothing leaves the tab, and how to check it.

/// The sentence in the header.
pub const SHORT: &str = "Nothing leaves this tab";
/// On the start screen.
pub const LONG: &str = "Nothing leaves this tab. Files are read here, by this page, and nowhere else.";
/// Opens the list.
pub const HOW: &str = "How to check this yourself";
/// Ways to check: heading, what to do.
pub const CHECKS: [(&str, &str); 6] = [
    (
        "Watch the network",
        "Open the developer tools (F12), choose Network, and load your files: no request appears.",
    ),
    (
        "Read the policy",
        "The page\u{2019}s Content-Security-Policy, near the top of its source, says connect-src 'none': the \
         browser itself refuses requests, forms, frames and scripts from elsewhere, whatever the code tries.",
    ),
    (
        "See what stays open",
        "No policy stops peer connections, new windows or leaving the page, so the script at the page\u{2019}s end \
         begins by giving them up. A script that ran here could still have the browser connect to a server of \
         its choice, without a word but its name, and where a browser lets no page refuse that, leave the page \
         for an address with words in it. None is known to run here. When the page is opened from disk, other \
         pages on this disk may read what you chose to keep in this browser.",
    ),
    ("Go offline", "Save this page as a file, cut the network, and open it: everything works."),
    (
        "Read the file",
        "The page is one self-contained file, without outside scripts, styles, fonts or trackers. Its source \
         is open.",
    ),
    (
        "Compare the file",
        "The SHA-256 of the file that you were given must be the one published with its version, which is below. \
         On Windows: certutil -hashfile FILE SHA256.",
    ),
];
