// One agent run through a real OpenTelemetry exporter on Node.
// usage: node send.mjs (json|protobuf) COLLECTOR_URL QUESTION   -> prints the trace id
import { SpanStatusCode, context, trace } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";

const [encoding, collector, question] = process.argv.slice(2);
const Exporter = encoding === "json" ? JsonExporter : ProtobufExporter;
const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({ "service.name": "research-agent", "deployment.environment.name": "e2e" }),
  spanProcessors: [new BatchSpanProcessor(new Exporter({ url: `${collector}/v1/traces` }))],
});
const tracer = provider.getTracer("e2e");

const user = { role: "user", parts: [{ type: "text", content: question }] };
const call = {
  role: "assistant",
  parts: [{ type: "tool_call", id: "call_1", name: "web_search", arguments: { query: "Eiffel Tower height" } }],
};
const result = { role: "tool", parts: [{ type: "tool_call_response", id: "call_1", response: "330 metres" }] };
const answer = { role: "assistant", parts: [{ type: "text", content: "It is 330 metres tall." }] };

const model = { "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini" };
const root = tracer.startSpan("invoke_agent researcher", {
  attributes: {
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.agent.name": "researcher",
    "gen_ai.conversation.id": `node-${encoding}`,
    "gen_ai.input.messages": JSON.stringify([user]),
    "gen_ai.output.messages": JSON.stringify([answer]),
  },
});
const inRoot = trace.setSpan(context.active(), root);

function chat(input, output, inputTokens, outputTokens) {
  const span = tracer.startSpan(
    "chat gpt-4o-mini",
    {
      attributes: {
        ...model,
        "gen_ai.operation.name": "chat",
        "gen_ai.usage.input_tokens": inputTokens,
        "gen_ai.usage.output_tokens": outputTokens,
        "gen_ai.input.messages": JSON.stringify(input),
        "gen_ai.output.messages": JSON.stringify([output]),
      },
    },
    inRoot,
  );
  span.setStatus({ code: SpanStatusCode.OK });
  span.end();
}

chat([user], call, 47, 33);
tracer
  .startSpan(
    "execute_tool web_search",
    {
      attributes: {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "web_search",
        "gen_ai.tool.call.id": "call_1",
        "gen_ai.tool.call.arguments": '{"query": "Eiffel Tower height"}',
        "gen_ai.tool.call.result": "330 metres",
      },
    },
    inRoot,
  )
  .end();
chat([user, call, result], answer, 91, 12);
root.end();
await provider.forceFlush();
await provider.shutdown();
console.log(root.spanContext().traceId);
