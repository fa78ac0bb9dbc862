import type { ApiObject } from '../core/api/kinds/types.ts'
import { equal } from '../core/base/equal.ts'
import { type ObjectRef, objectRef } from '../core/base/ref.ts'
import { applyObject } from '../core/lab/boot.ts'
import { Lab } from '../core/lab/lab.ts'
import { addEntry } from '../core/lab/script.ts'
import type { LabSpec } from '../core/lab/spec.ts'
import { formatPlace } from '../scenario/place.ts'
import { labCommands } from './commands.ts'
import type { LabDocument } from './document.ts'
import type { Cursor } from './protocol.ts'

/** Events run before others get a turn: a few milliseconds. */
export const SLICE = 2000
/** A boot that has not come to rest by then goes on in slices. */
const BOOT_EVENTS = 12_000

/** Wires a lab out of a document that has no errors. */
export function createLab(document: LabDocument & { readonly spec: LabSpec }): Lab {
  return new Lab({
    spec: document.spec,
    objects: document.objects,
    commands: labCommands,
    placeText: formatPlace,
  })
}

/** Boots a lab until it has settled and its script is done, or the budget is spent. */
export const bootLab = (lab: Lab): 'settled' | 'time' | 'events' => lab.run({ events: BOOT_EVENTS })

/** Puts the world to the moment of a record: tables as they were when it was made. */
export function showMoment(lab: Lab, cursor: Cursor): void {
  const { trace, sim } = lab
  if (trace.length === 0) return
  const index = Math.max(0, Math.min(Math.trunc(cursor) || 0, trace.length - 1))
  const position = index >= trace.length - 1 ? lab.world.journal.length : trace.columns.journal[index]!
  if (position !== lab.world.journal.position) sim.seek(position)
}

/** Back to the live edge, where the lab can run on. */
export function goLive(lab: Lab): void {
  if (!lab.live) lab.sim.seek(lab.world.journal.length)
}

/**
 * Makes a moment the live edge, so that an input happens there: everything recorded after the event that the cursor is in is dropped.
 * At the end of the timeline nothing is. Returns the length of the trace that is kept.
 */
export function forkAt(lab: Lab, cursor: Cursor): number {
  showForkPoint(lab, cursor)
  if (!lab.live) lab.sim.fork()
  return lab.trace.length
}

/** Shows the moment at which an input made at a cursor would happen: the end of the event that the cursor is in. Drops nothing. */
export function showForkPoint(lab: Lab, cursor: Cursor): void {
  const { sim, trace, world } = lab
  const mark = cursor >= trace.length - 1 ? undefined : sim.marks.find((each) => each.trace > cursor)
  const position = mark?.journal ?? world.journal.length
  if (position !== world.journal.position) sim.seek(position)
}

/** Whether following `next` needs a new boot: something changed that is fixed when machines are switched on. */
export function needsReboot(before: LabSpec, next: LabSpec): boolean {
  const fixed = ({ seed, fabric, cluster }: LabSpec): unknown => ({ seed, fabric, cluster })
  const kept = next.script.slice(0, before.script.length)
  return !equal(fixed(before), fixed(next)) || !equal(before.script, kept)
}

/** Whether two documents describe the same running lab: they differ in comments, form or view at most. */
export function isSameStory(before: LabDocument, next: LabDocument): boolean {
  const objects = ({ own }: LabDocument): readonly unknown[] => [...own]
  return equal(objects(before), objects(next)) && equal(before.spec?.script, next.spec?.script)
}

/** Brings a running lab to what a changed document says: objects applied or deleted, script entries added. An input at the live edge. */
export function followDocument(lab: Lab, before: LabDocument, next: LabDocument & { readonly spec: LabSpec }): void {
  lab.input('apply', `Lab/${next.spec.name}`, () => {
    for (const [ref, object] of next.own) {
      if (!equal(before.own.get(ref), object)) applyObject(lab, object)
    }
    for (const ref of before.own.keys()) {
      if (!next.own.has(ref)) withdraw(lab, ref, next.objects)
    }
    const known = before.spec?.script.length ?? 0
    for (const entry of next.spec.script.slice(known)) {
      // An entry in the past is one that was typed in the terminal and written down: it has happened.
      if (entry.at === 'settled' || entry.at >= lab.now) addEntry(lab, entry)
    }
  })
}

/** An object that left the document: deleted, or, where it had replaced an add-on's, the add-on's again. */
function withdraw(lab: Lab, ref: ObjectRef, objects: readonly ApiObject[]): void {
  const bundled = objects.find(({ kind, metadata }) => objectRef(kind, metadata.namespace, metadata.name) === ref)
  // What was said of it goes with it.
  lab.world.delete(lab.refusals, ref)
  if (bundled) applyObject(lab, bundled)
  else lab.api.delete(ref, 'you')
}
