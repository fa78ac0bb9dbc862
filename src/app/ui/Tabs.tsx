import * as Radix from 'radix-ui/tabs'
import type { ReactNode } from 'react'

export interface TabsProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly onChange: (value: T) => void
  readonly tabs: readonly { readonly value: T; readonly label: ReactNode }[]
  /** Shown at the right end of the tab row. */
  readonly aside?: ReactNode
  readonly className?: string
  /** `TabPanel`s. */
  readonly children: ReactNode
}

export function Tabs<T extends string>({
  label,
  value,
  onChange,
  tabs,
  aside,
  className = '',
  children,
}: TabsProps<T>) {
  return (
    <Radix.Root
      className={className}
      value={value}
      onValueChange={(next) => onChange(next as T)}
      activationMode="automatic"
    >
      <div className="tabs">
        {/* A box of its own: without one (display: contents) it takes no focus, and Tab passes the tabs by. */}
        <Radix.List aria-label={label} className="tab-list">
          {tabs.map((tab) => (
            <Radix.Trigger key={tab.value} value={tab.value} className="tab">
              {tab.label}
            </Radix.Trigger>
          ))}
        </Radix.List>
        {aside && <div className="tabs-aside">{aside}</div>}
      </div>
      {children}
    </Radix.Root>
  )
}

export function TabPanel({
  value,
  className = '',
  children,
  keep = false,
}: {
  readonly value: string
  readonly className?: string
  readonly children: ReactNode
  readonly keep?: boolean
}) {
  return (
    <Radix.Content value={value} className={className} tabIndex={-1} {...(keep ? { forceMount: true as const } : {})}>
      {children}
    </Radix.Content>
  )
}
