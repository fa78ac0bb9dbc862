import type { Target } from '../target.ts'
import { boots } from './boot.ts'
import { configs } from './configs.ts'
import { commands, shells } from './console.ts'
import { documents, editing } from './document.ts'
import { facade } from './facade.ts'
import { exports } from './export.ts'
import { rules } from './iptables.ts'
import { links } from './link.ts'
import { dns, http } from './messages.ts'
import { captures, packets } from './packets.ts'
import { jsonpaths, words } from './words.ts'

export const TARGETS: readonly Target[] = [
  documents,
  editing,
  links,
  commands,
  shells,
  rules,
  packets,
  captures,
  dns,
  http,
  jsonpaths,
  words,
  configs,
  boots,
  exports,
  facade,
]

export const targetNamed = (name: string): Target | undefined => TARGETS.find((each) => each.name === name)
