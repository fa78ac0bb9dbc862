import { openLink } from '../worker/link.ts'
import { isInPicture } from '../worker/picture.ts'
import type { Cursor, TimelineUpdate } from '../worker/protocol.ts'
import { type Pictured, pictureOf } from './pictures.ts'
import type { Saved } from './saved.ts'
import type { Prospect } from './state/session.ts'

/** What will be seen, with the markup that shows it before the page can. */
export type Sight = Prospect & Pick<Pictured, 'still'>

/** What a link will show, where the build knows it already. Never rejects. */
export async function linkedSight(fragment: string): Promise<Sight | null> {
  const shared = await openLink(fragment)
  const pictured = shared.ok && (await pictureOf(shared.value.text))
  if (!pictured) return null
  const cursor = shared.value.cursor ?? pictured.picture.answer.cursor
  return isInPicture(pictured.picture, cursor) ? { ...pictured, cursor } : null
}

/** What somebody sees who comes back, if nothing was left unapplied. Never rejects. */
export async function savedSight({ text, cursor, story, draft }: Saved): Promise<Sight | null> {
  const pictured = draft === undefined ? await pictureOf(text) : null
  if (!pictured) return null
  const at = story === undefined ? cursor : cursor - story + pictured.picture.update.story
  return Number.isInteger(at) && isInPicture(pictured.picture, at) ? { ...pictured, cursor: at } : null
}

/** What a bundled lab shows where nobody has said what to look at: a request on its way. Never rejects. */
export async function firstSight(text: string): Promise<Sight | null> {
  const pictured = await pictureOf(text)
  return pictured && { ...pictured, cursor: firstPacket(pictured.picture.update) }
}

/** Where a request is on its way: the first packet of the story. */
export function firstPacket({
  story,
  length,
  columns: { packet },
}: Pick<TimelineUpdate, 'story' | 'length' | 'columns'>): Cursor {
  for (let i = story; i < length; i++) if (packet[i] !== 0) return i
  return story
}
