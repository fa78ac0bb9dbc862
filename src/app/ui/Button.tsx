import type { ComponentProps, ReactNode } from 'react'
import { Tooltip } from './Tooltip.tsx'

export interface ButtonProps extends ComponentProps<'button'> {
  readonly tone?: 'normal' | 'primary' | 'quiet'
}

export function Button({ tone = 'normal', className = '', type = 'button', ...rest }: ButtonProps) {
  return <button type={type} className={`btn ${tone === 'normal' ? '' : tone} ${className}`} {...rest} />
}

export interface IconButtonProps extends Omit<ButtonProps, 'children'> {
  /** Read out, and shown as the tooltip. */
  readonly label: string
  /** Key that does the same, shown in the tooltip. */
  readonly hint?: string
  readonly children: ReactNode
}

export function IconButton({ label, hint, className = '', children, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label} hint={hint}>
      <Button aria-label={label} className={`icon ${className}`} {...rest}>
        {children}
      </Button>
    </Tooltip>
  )
}
