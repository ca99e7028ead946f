/**
 * Values on the wire are plain JSON; what JSON lacks travels tagged (`{ "$date": … }`). The service never looks inside.
 */
import { z } from 'zod'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Any JSON value. Its size is bounded by `limits.payloadBytes`, checked where the request enters. */
export const payload = z
  .custom<Json>((value) => value !== undefined, 'a JSON value is required')
  .meta({ type: ['null', 'boolean', 'number', 'string', 'array', 'object'], description: 'Any JSON value' })

/** Epoch milliseconds. */
export const instant = z.number().int().min(0).max(8_640_000_000_000_000)

/** Milliseconds, at most ten years. */
export const durationMs = z.number().int().min(0).max(315_576_000_000)

/** A whole number that travels as text in a query string. */
export const numberText = <Schema extends z.ZodType<number, number>>(schema: Schema) =>
  z
    .string()
    .regex(/^-?\d{1,16}$/, 'a whole number is expected')
    .transform(Number)
    .pipe(schema)
