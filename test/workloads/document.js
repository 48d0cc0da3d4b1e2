// Writes the table of docs/workloads.md, with time and memory of the last runs on this machine. The numbers of workloads
// that have not run here stay.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readFacts } from "./facts.js";
import { workloads } from "./list.js";

const PAGE = join(import.meta.dirname, "..", "..", "docs", "workloads.md");
const page = readFileSync(PAGE, "utf8");
const [before = "", rest = ""] = page.split("<!-- workloads -->\n\n");
const [table = "", after = ""] = rest.split("\n<!-- end of workloads -->");
const rows = table.split("\n").map((line) => line.split(" | "));

const lines = workloads().map(({ name, title }) => {
  const facts = readFacts(name);
  const old = rows.find(([first]) => first === `| ${name}`)?.slice(2) ?? ["", " |"];
  return `| ${[name, title, ...(facts ? [`${facts.memoryMb} of ${facts.limitMb} MB`, `${facts.seconds} s |`] : old)].join(" | ")}`;
});
const head = ["| name | workload | memory | time |", "| --- | --- | --- | --- |"];
writeFileSync(
  PAGE,
  `${before}<!-- workloads -->\n\n${[...head, ...lines].join("\n")}\n\n<!-- end of workloads -->${after}`,
);
