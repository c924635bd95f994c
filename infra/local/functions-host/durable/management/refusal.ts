import { type Answer, jsonAnswer } from "../../http/answer.ts";

interface DotNetError {
  readonly message: string;
  readonly type: string;
}

/** The request cannot be met; the answer is for its sender. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly answer: Answer;

  constructor(answer: Answer, message = `HTTP ${answer.status}`) {
    super(message);
    this.answer = answer;
  }

  /** `request.CreateResponse(status)`. */
  static empty(status: number): Refusal {
    return new Refusal({ status });
  }

  /** `request.CreateResponse(status, text)`. */
  static text(status: number, text: string): Refusal {
    return new Refusal(jsonAnswer(status, text), text);
  }

  /** `request.CreateErrorResponse(status, message)`, or with the exception that led to it. */
  static error(status: number, message: string, exception?: DotNetError): Refusal {
    const details = exception
      ? { ExceptionMessage: exception.message, ExceptionType: exception.type }
      : {};
    return new Refusal(jsonAnswer(status, { Message: message, ...details }), message);
  }

  /** What the extension answers when one of its parts throws something that is not the sender's fault. */
  static unexpected(message: string, type = "System.InvalidOperationException"): Refusal {
    return Refusal.error(500, "Something went wrong while processing your request", {
      message,
      type,
    });
  }
}
