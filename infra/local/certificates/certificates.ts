import "reflect-metadata";

import { X509Certificate, webcrypto } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import * as x509 from "@peculiar/x509";

import { systemClock } from "../program/clock/clock.ts";

/** Files of a private certificate authority and of one server certificate that it signed. */
export interface Certificates {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 24 * 60 * 60 * 1000;
const VALID_DAYS = 365;
const RENEW_WHEN_LEFT_DAYS = 7;

/** What a server on this machine may be called: by its address, or by a name that only pods resolve. */
const NAMES = ["localhost", "rollforward.internal", "*.rollforward.internal"];
const ADDRESSES = ["127.0.0.1", "::1"];

/**
 * Makes the certificates of the local stack in `directory`, or finds those made earlier.
 *
 * One authority per directory: whoever trusts `caFile` (Node: `NODE_EXTRA_CA_CERTS`) trusts every
 * server of the stack and nothing else.
 */
export async function ensureCertificates(directory: string): Promise<Certificates> {
  const files = {
    caFile: path.join(directory, "ca.pem"),
    certFile: path.join(directory, "server.pem"),
    keyFile: path.join(directory, "server-key.pem"),
  };
  if (areFresh(files)) return files;

  mkdirSync(directory, { recursive: true, mode: 0o700 });
  x509.cryptoProvider.set(webcrypto);
  const authority = await createAuthority();
  const server = await createServerCertificate(authority);
  writeFileSync(files.keyFile, await toPem(server.keys.privateKey), { mode: 0o600 });
  writeFileSync(files.certFile, server.certificate.toString("pem"));
  // Last: `areFresh` takes its presence for "all three were written".
  writeFileSync(files.caFile, authority.certificate.toString("pem"));
  return files;
}

function areFresh({ caFile, certFile, keyFile }: Certificates): boolean {
  if (![caFile, certFile, keyFile].every((file) => existsSync(file))) return false;
  const validTo = Date.parse(new X509Certificate(readFileSync(certFile)).validTo);
  return validTo - systemClock.now() > RENEW_WHEN_LEFT_DAYS * DAY_MS;
}

interface KeyedCertificate {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

async function createAuthority(): Promise<KeyedCertificate> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Rollforward local stack",
    ...validity(),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate, keys };
}

async function createServerCertificate(authority: KeyedCertificate): Promise<KeyedCertificate> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: "CN=localhost",
    issuer: authority.certificate.subject,
    ...validity(),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...NAMES.map((value) => ({ type: "dns" as const, value })),
        ...ADDRESSES.map((value) => ({ type: "ip" as const, value })),
      ]),
      // Go's verifier (oras, skopeo, kubectl) wants the chain linked by key identifiers.
      await x509.AuthorityKeyIdentifierExtension.create(authority.keys.publicKey),
    ],
  });
  return { certificate, keys };
}

function validity(): { notBefore: Date; notAfter: Date } {
  // TLS goes by real time, whatever time the program lives in.
  const now = systemClock.now();
  return { notBefore: new Date(now - DAY_MS), notAfter: new Date(now + VALID_DAYS * DAY_MS) };
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function toPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${der.replaceAll(/(.{64})/g, "$1\n").trimEnd()}\n-----END PRIVATE KEY-----\n`;
}
