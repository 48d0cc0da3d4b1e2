import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface Certificates {
  /** Certificate of the authority. */
  ca: string;
  /** Server certificate for 127.0.0.1 and registry.test. */
  server: { certificate: string; key: string };
  /** Client certificate. */
  client: { certificate: string; key: string };
}

/** Creates an authority and certificates issued by it with openssl, as PEM files in the folder. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (name: string) => join(folder, name);
  const openssl = (...words: string[]) => execFileSync("openssl", words, { stdio: "ignore" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    ...["req", "-x509", ...key, "-days", "2", "-subj", "/CN=box test authority"],
    ...["-keyout", file("ca.key"), "-out", file("ca.pem")],
  );
  const issue = async (name: string, extensions: string) => {
    await writeFile(file(`${name}.ext`), extensions);
    openssl(
      "req",
      ...key,
      "-subj",
      `/CN=${name}`,
      "-keyout",
      file(`${name}.key`),
      "-out",
      file(`${name}.csr`),
    );
    openssl(
      ...[
        "x509",
        "-req",
        "-days",
        "2",
        "-in",
        file(`${name}.csr`),
        "-CA",
        file("ca.pem"),
        "-CAkey",
        file("ca.key"),
      ],
      ...["-CAcreateserial", "-extfile", file(`${name}.ext`), "-out", file(`${name}.pem`)],
    );
    return { certificate: file(`${name}.pem`), key: file(`${name}.key`) };
  };
  const server = await issue("server", "subjectAltName=IP:127.0.0.1,DNS:registry.test\n");
  const client = await issue("client", "extendedKeyUsage=clientAuth\n");
  return { ca: file("ca.pem"), server, client };
}
