/** The lab as a value: declared where the simulator takes it, read and written here. */
export * from '../core/lab/spec.ts'
