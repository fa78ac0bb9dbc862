/** A value that is copied on click. */
export function Copyable({
  text,
  hint,
  onCopy,
}: {
  readonly text: string
  readonly hint: string
  readonly onCopy: (text: string) => void
}) {
  return (
    <button type="button" className="copyable mono" title={hint} onClick={() => onCopy(text)}>
      {text}
    </button>
  )
}
