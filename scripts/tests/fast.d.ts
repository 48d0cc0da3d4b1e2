export const LEFT_OUT: string[];
