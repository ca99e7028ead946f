/** Which attempt a token is for: it is `attempt.mac`. */
export const attemptOf = (token: string): number => Number.parseInt(token, 10)
