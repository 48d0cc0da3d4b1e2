// Runs five boxes at once: writes a file to each, runs a program on it, prints the program's output as it arrives, and
// reads the result back. All boxes are removed at the end.
//
//   npx tsx examples/five-boxes.ts [IMAGE]
import { Box } from "box";

const [image = "busybox"] = process.argv.slice(2);
const COUNT = 'while read n; do sum=$((sum + n)); echo "and $n"; done </work/numbers; echo $sum >/work/sum';

async function add(numbers: number[]): Promise<number> {
  await using box = await Box.create({ image, resources: { vcpus: 1, memoryMb: 256 } });
  await box.files.mkdir("/work");
  await box.files.write("/work/numbers", `${numbers.join("\n")}\n`);

  const run = box.exec("sh", ["-c", COUNT]);
  for await (const { data } of run)
    for (const line of data.trimEnd().split("\n")) console.log(`${box.name}: ${line}`);
  const { exitCode } = await run;
  if (exitCode !== 0) throw new Error(`${box.name} ended with exit code ${exitCode}`);

  return Number(await box.files.read("/work/sum", "utf8"));
}

const sums = await Promise.all([1, 2, 3, 4, 5].map((n) => add([n, 10 * n, 100 * n])));
console.log(`sums: ${sums.join(" ")}`);
