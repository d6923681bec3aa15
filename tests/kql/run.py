"""Runs queries for Kusto on this machine: over raw blobs in streaming-kql, over a table in duckdb-kql.

Reads a list of jobs as JSON from standard input and writes the list of their results as CSV. What an engine lacks of
Kusto's language is supplied here, by Microsoft's description of it: functions as functions, spellings as others of the
same meaning.
"""
import csv
import datetime
import io
import ipaddress
import json
import re
import sys

import duckdb_kql
import streaming_kql

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def address(text, version):
    """The address, or None: Kusto answers null for what is none of the family."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return found if found.version == version else None


def in_range(version, text, *ranges):
    found = address(text, version)
    networks = [ipaddress.ip_network(one, strict=False) for one in ranges]
    return None if found is None else any(found in one for one in networks if one.version == version)


def ipv4_is_private(text):
    return in_range(4, text, "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


def has_ipv4(text, wanted):
    """Whether the address stands in the text by itself."""
    return re.search(rf"(?<![0-9.]){re.escape(wanted)}(?![0-9.])", text or "") is not None


def parse_ipv4(text):
    found = address(text, 4)
    return None if found is None else int(found)


# By name: what a function says of a column's value and the literals behind it.
ABOUT_ADDRESSES = {
    "ipv4_is_in_range": lambda text, one: in_range(4, text, one),
    "ipv6_is_in_range": lambda text, one: in_range(6, text, one),
    "ipv4_is_in_any_range": lambda text, many: in_range(4, text, *many),
    "ipv6_is_in_any_range": lambda text, many: in_range(6, text, *many),
    "ipv4_is_private": ipv4_is_private,
    "has_ipv4": has_ipv4,
}


def as_csv(columns, rows):
    def cell(value):
        if isinstance(value, datetime.datetime):
            return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return "" if value is None else value

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


# --- raw blobs, in streaming-kql: one input record is all that `externaldata` would read ---


@streaming_kql.function("bin")
def bin_of(value, step):
    if isinstance(value, datetime.datetime):
        return EPOCH + (value - EPOCH) // step * step
    return None if value is None else value // step * step


@streaming_kql.function("dynamic_to_json")
def dynamic_to_json(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@streaming_kql.function("parse_ipv4")
def parse_ipv4_of(text):
    return parse_ipv4(text)


@streaming_kql.function("not")
def not_of(value):
    return None if value is None else not value


for name, function in ABOUT_ADDRESSES.items():
    streaming_kql.function(name)(function)


def lowered(found):
    return f"tolower({found[1]}) in ({found[2].lower()})"


def lookup_table(query):
    """The named prefixes that a query brings along, and the query without them."""
    found = re.search(r"let subnets = datatable\(Prefix: string, Subnet: string\) \[\n(.*?)\n\];\n", query, re.S)
    if not found:
        return [], query
    cells = json.loads(f"[{found[1]}]")
    return list(zip(cells[::2], cells[1::2])), query.replace(found[0], "")


def matches(named, text):
    """All rows of the table that an address is in: the plugin `ipv4_lookup` is a join."""
    found = [[prefix, name] for prefix, name in named if in_range(4, text, prefix)]
    return found or [[None, None]]


LOOKUP = r"\| evaluate ipv4_lookup\(subnets, (\w+), Prefix, return_unmatched = true\)"


def for_streaming(query):
    named, query = lookup_table(query)
    streaming_kql.function("lookup_in_table")(lambda text: matches(named, text))
    joined = r"| mv-expand Found = lookup_in_table(\1) | extend Prefix = Found[0], Subnet = Found[1] | project-away Found"
    query = re.sub(LOOKUP, joined, query)
    query = re.sub(r"(?m)^//.*\n", "", query).replace(" to typeof(string)", "")
    head = r'externaldata\(records: dynamic\) \[.*?\] with \(format = "multijson"\)'
    query, heads = re.subn(head, "source | mv-expand file = files | extend records = file.records", query, flags=re.S)
    assert heads == 1, query
    query = re.sub(r"datetime\(([0-9T:.Z-]+)\)", r'todatetime("\1")', query)
    query = re.sub(r"(\w+(?:\(\w+\))?) between \((\d+) \.\. (\d+)\)", r"(\1 >= \2 and \1 <= \3)", query)
    query = re.sub(r"((?:replace_regex\([^()]*\))|\w+) in~ \(([^()]*)\)", lowered, query)
    return re.sub(r"dynamic\(\[([^\]]*)\]\)", r"pack_array(\1)", query)


def blobs(query, files):
    """The columns are those of the last `summarize` or `extend`, so that a result without rows has them too."""
    compiled = streaming_kql.compile(for_streaming(query), options=streaming_kql.Options(strict_types=True))
    rows = compiled.transform({"files": [json.loads(text) for text in files]})
    columns = list(rows[0]) if rows else names(query)
    return as_csv(columns, [[row.get(column) for column in columns] for row in rows])


def names(query):
    last = query[query.rindex("| summarize"):]
    found = re.findall(r"(\w+) = ", last) + re.findall(r"[ \n](\w+),?(?=\s)", last[last.index(" by "):])
    return list(dict.fromkeys(found))


# --- tables, in duckdb-kql ---

TYPES = {"string": "VARCHAR", "datetime": "TIMESTAMP", "int": "INTEGER", "long": "BIGINT", "real": "DOUBLE",
         "bool": "BOOLEAN", "guid": "UUID"}


def literals(text):
    """What stands behind the column in a call: texts, or a list of texts."""
    text = re.sub(r"dynamic\((\[.*?\])\)", r"\1", text.strip().lstrip(","))
    return json.loads(f"[{text}]")


def by_values(query, values):
    """A condition on a column's addresses as the list of those of its values that it holds for."""
    def some(column, holds):
        fitting = sorted({value for value in values[column] if value is not None and holds(value)})
        return f"{column} in ({', '.join(json.dumps(value) for value in fitting or [chr(0x7f)])})"

    def call(found):
        function, rest = ABOUT_ADDRESSES[found[1]], literals(found[3])
        return some(found[2], lambda value: function(value, *rest))

    def between(found):
        first, last = int(found[2]), int(found[3])
        return some(found[1], lambda value: (number := parse_ipv4(value)) is not None and first <= number <= last)

    query = re.sub(r"parse_ipv4\((\w+)\) between \((\d+) \.\. (\d+)\)", between, query)
    calls = "|".join(ABOUT_ADDRESSES)
    literal = r'(?:, (?:"[^"]*"|dynamic\(\[[^\]]*\]\)))?'
    return re.sub(rf"\b({calls})\((\w+)({literal})\)", call, query)


def for_duckdb(query, columns, rows):
    named, query = lookup_table(query)
    held = [name for name, _ in columns]
    values = {name: [row[at] for row in rows] for at, name in enumerate(held)}
    # Names that a query gives to columns of the custom log.
    for new, old in re.findall(r'(\w+) = column_ifexists\("(\w+)", ""\)', query):
        values[new] = values.get(old, [])
    query = by_values(query, values)

    def joined(found):
        pairs = [(value, *row) for value in sorted(set(values[found[1]])) for row in matches(named, value) if row[0]]
        cells = ", ".join(json.dumps(cell) for row in pairs or [(chr(0x7f), "", "")] for cell in row)
        rows = f"datatable(Value: string, Prefix: string, Subnet: string) [{cells}]"
        return f"| lookup kind=leftouter ({rows}) on $left.{found[1]} == $right.Value"

    query = re.sub(LOOKUP, joined, query)
    # The column where the table has it, else what stands behind it.
    query = re.sub(r'column_ifexists\("(\w+)", ((?:\w+\(\w+\))|"")\)', lambda found: found[1] if found[1] in held else found[2], query)
    return re.sub(r"(\w+) between \((\d+) \.\. (\d+)\)", r"(\1 >= \2 and \1 <= \3)", query)


def table(query, name, columns, rows):
    connection = duckdb_kql.connect()
    fields = ", ".join(f'"{column}" {TYPES[kind]}' for column, kind in columns)
    connection.execute(f'CREATE TABLE "{name}" ({fields})')
    if rows:
        connection.executemany(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(columns))})', rows)
    found = duckdb_kql.query(connection, for_duckdb(query, columns, rows))
    return as_csv(found.columns, found.fetchall())


def run(job):
    query, data = job["query"], job["data"]
    try:
        if "files" in data:
            return blobs(query, data["files"])
        return table(query, data["table"], data["columns"], data["rows"])
    except Exception:
        print(query, file=sys.stderr)
        raise


json.dump([run(job) for job in json.load(sys.stdin)], sys.stdout)
