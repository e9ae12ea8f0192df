// Ask a SPARQL endpoint with Comunica: node ask.mjs ADDRESS QUERY prints the answer as JSON.
import { QueryEngine } from "@comunica/query-sparql";

const [address, query] = process.argv.slice(2);
const engine = new QueryEngine();
const context = { sources: [{ type: "sparql", value: address }] };
const answer = await engine.query(query, context);
const { data } = await engine.resultToString(
  answer,
  answer.resultType === "quads" ? "application/n-triples" : "application/sparql-results+json",
);
data.on("error", (error) => {
  console.error(error);
  process.exitCode = 1;
});
data.pipe(process.stdout);
