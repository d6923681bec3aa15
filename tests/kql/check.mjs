// Checks queries with Microsoft's own language service: no diagnostic may remain. Reads them from standard
// input, divided by lines of `//// `; the first argument is the folder of node_modules.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
const require = createRequire(process.argv[2] + '/');
require('@kusto/language-service-next/bridge.min.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
const { Symbols, KustoCode, GlobalState } = globalThis.Kusto.Language;
const schema = JSON.parse(readFileSync(new URL('schema.json', import.meta.url)));
const tables = Object.entries(schema).map(([name, columns]) => Symbols.TableSymbol.From(`(${columns})`).WithName(name));
const database = new Symbols.DatabaseSymbol.ctor('db', tables);
const globals = GlobalState.Default.WithDatabase(database);
let found = 0, queries = 0;
for (const query of readFileSync(0, 'utf8').split(/^\/\/\/\/ .*$/m).filter((q) => q.trim())) {
    queries += 1;
    const code = KustoCode.ParseAndAnalyze(query, globals);
    const list = code.GetDiagnostics();
    for (let i = 0; i < list.Count; i++) {
        const d = list.getItem(i);
        found += 1;
        console.log(`${d.Severity}: ${d.Message} at ${JSON.stringify(query.substr(d.Start, 40))}`);
    }
}
console.log(`${queries} queries, ${found} diagnostics`);
process.exit(found === 0 && queries > 0 ? 0 : 1);
