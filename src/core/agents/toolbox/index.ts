import type { ImageEntry } from '../contracts/image.ts'
import type { Program } from '../contracts/program.ts'
import { dig } from './dns/dig.ts'
import { nslookup } from './dns/nslookup.ts'
import { curl } from './http/curl.ts'
import { CURL_ENTRYPOINT, curlEntrypoint } from './http/entrypoint.ts'
import { wget } from './http/wget.ts'
import { arping } from './net/arping.ts'
import { nc } from './net/nc.ts'
import { ping } from './net/ping.ts'
import { traceroute } from './net/traceroute.ts'
import { shellProgram } from './shell/shell.ts'
import { sleep } from './sleep.ts'
import { timeout } from './timeout.ts'
import { INSTANT } from './text/commands.ts'
import { instantProgram } from './text/instant.ts'

/** Every command of the toolbox. All of them are there in every container and on every machine. */
export const toolboxPrograms: readonly Program[] = [
  ping,
  curl,
  curlEntrypoint,
  wget,
  nslookup,
  dig,
  nc,
  traceroute,
  arping,
  sleep,
  timeout,
  ...['sh', 'bash', 'ash', 'zsh'].map(shellProgram),
  ...Object.keys(INSTANT).map((name) => instantProgram(name, INSTANT[name]!)),
]

const shellImage = (names: readonly string[], shell: string): ImageEntry => ({
  names,
  entrypoint: [],
  cmd: [shell],
  listens: () => [],
})

export const toolboxImages: readonly ImageEntry[] = [
  shellImage(
    ['busybox', 'registry.k8s.io/e2e-test-images/busybox', 'registry.k8s.io/busybox', 'radial/busyboxplus'],
    'sh',
  ),
  shellImage(['alpine', 'alpine/curl', 'byrnedo/alpine-curl'], '/bin/sh'),
  shellImage(['ubuntu', 'debian', 'fedora', 'centos', 'rockylinux'], '/bin/bash'),
  shellImage(['nicolaka/netshoot'], 'zsh'),
  {
    names: ['wbitt/network-multitool', 'praqma/network-multitool'],
    entrypoint: [],
    cmd: ['nginx', '-g', 'daemon off;'],
    listens: () => [80],
  },
  { names: ['curlimages/curl', 'quay.io/curl/curl'], entrypoint: [CURL_ENTRYPOINT], cmd: ['curl'], listens: () => [] },
  {
    names: [
      'registry.k8s.io/e2e-test-images/jessie-dnsutils',
      'registry.k8s.io/e2e-test-images/dnsutils',
      'tutum/dnsutils',
    ],
    entrypoint: ['sleep'],
    cmd: ['infinity'],
    listens: () => [],
  },
]

export { CURL_AGENT } from './http/curl-options.ts'
export { isUnfinished } from './shell/compile.ts'
