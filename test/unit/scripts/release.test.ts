// @module-tag slow
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const RELEASE = join(import.meta.dirname, "../../../scripts/release");

let checkout: string;

/** A repository in which npm and scripts/build only do what a release sees of them. */
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "box-release-"));
  for (const folder of ["scripts", "bin"]) mkdirSync(join(checkout, folder));
  cpSync(RELEASE, join(checkout, "scripts", "release"));
  writeFileSync(join(checkout, ".gitignore"), "build/\nbox*\nfails\n");
  writeFileSync(join(checkout, "package.json"), '{ "version": "0.1.0" }\n');
  writeFileSync(join(checkout, "CHANGELOG.md"), "# Changelog\n\n## 0.2.0 (unreleased)\n\n- news\n");
  const program = { mode: 0o755 };
  writeFileSync(join(checkout, "scripts", "build"), "#!/bin/sh\n", program);
  writeFileSync(
    join(checkout, "bin", "npm"),
    `#!/bin/sh
case "$*" in *"$(cat fails 2>/dev/null || echo never)"*) exit 7 ;; esac
case "$*" in
"version --no-git-tag-version "*) echo "{ \\"version\\": \\"$3\\" }" >package.json ;;
"pack --pack-destination "*) echo npm >"$3/box-0.2.0.tgz" ;;
"run --silent deb") echo deb >box_0.2.0_amd64.deb ;;
esac
`,
    program,
  );
  git("init", "--quiet", "--initial-branch=main");
  git("add", "--all");
  git("commit", "--quiet", "--message=first");
});
afterEach(() => rmSync(checkout, { recursive: true }));

const identity = {
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@b",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@b",
};

function run(program: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: checkout,
    encoding: "utf8",
    env: { ...process.env, ...identity, PATH: `${join(checkout, "bin")}:${process.env["PATH"]}` },
  });
  return { status, stdout, stderr };
}
const git = (...args: string[]) => run("git", ...args).stdout.trim();
const release = (...args: string[]) => run("scripts/release", ...args);

describe("a release", () => {
  it("is committed, tagged and packed, with checksums", () => {
    const { status, stdout, stderr } = release("0.2.0");
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(
      /to publish it: git push origin main v0\.2\.0, and attach its files to the release\n$/,
    );
    expect(readdirSync(join(checkout, "build/release/0.2.0")).sort()).toEqual([
      "SHA256SUMS",
      "box-0.2.0.tgz",
      "box_0.2.0_amd64.deb",
    ]);
    expect(git("describe", "--exact-match")).toBe("v0.2.0");
    expect(git("log", "-1", "--format=%s")).toBe("Release 0.2.0");
    expect(git("status", "--porcelain")).toBe("");
    expect(git("show", "HEAD:package.json")).toContain("0.2.0");
    expect(git("show", "HEAD:CHANGELOG.md")).toMatch(/^## 0\.2\.0 \(\d{4}-\d\d-\d\d\)$/m);
  });

  it("changes nothing in a dry run", () => {
    const before = git("rev-parse", "HEAD");
    expect(release("--dry-run", "0.2.0").status).toBe(0);
    expect([git("rev-parse", "HEAD"), git("status", "--porcelain"), git("tag")]).toEqual([before, "", ""]);
  });

  it.each(["run --silent check", "pack", "run --silent deb"])(
    "that fails at npm %s says how to undo it",
    (step) => {
      const before = git("rev-parse", "HEAD");
      writeFileSync(join(checkout, "fails"), step);
      const { status, stderr } = release("0.2.0");
      expect([status, stderr]).toEqual([
        7,
        `release: failed; nothing is tagged\nhint: undo the rest with \`git reset --hard ${before}\`\n`,
      ]);
      expect(git("tag")).toBe("");
      git("reset", "--hard", before);
      rmSync(join(checkout, "fails"));
      expect(release("0.2.0").status).toBe(0);
    },
  );

  it.each<[string, () => unknown, string, string]>([
    ["a version that is none", () => "", "v2", "'v2' is not a version such as 0.2.0"],
    ["an older version", () => "", "0.0.9", "0.0.9 is older than package.json's 0.1.0"],
    [
      "a version without a section in the changelog",
      () => "",
      "0.3.0",
      "has no section '## 0.3.0 (unreleased)'",
    ],
    ["another branch", () => git("switch", "--quiet", "--create", "other"), "0.2.0", "this is other"],
    ["a tag that exists", () => git("tag", "v0.2.0"), "0.2.0", "the tag v0.2.0 already exists"],
    [
      "a changed working tree",
      () =>
        writeFileSync(
          join(checkout, "CHANGELOG.md"),
          readFileSync(join(checkout, "CHANGELOG.md"), "utf8") + "x",
        ),
      "0.2.0",
      "the working tree has changes",
    ],
  ])("is refused for %s", (_, prepare, version, message) => {
    prepare();
    const { status, stderr } = release(version);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
    expect(git("log", "--format=%s")).toBe("first");
  });
});
