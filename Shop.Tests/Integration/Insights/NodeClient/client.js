// A service in another language: it handles two requests, calls the catalog for each, and sends its spans to Insights with the SDK of
// OpenTelemetry. The exporter reads the endpoint and the headers from the environment variables of OpenTelemetry.
import { context, propagation, SpanKind, trace } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

const [catalog, key] = [new URL(process.env.CATALOG), process.env.SERVICE_KEY];
// Failed exports are reported here only.
let failure;

async function handleRequest(service, exporter) {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ "service.name": service }),
    spanProcessors: [new BatchSpanProcessor({
      export: (spans, done) => exporter.export(spans, result => { failure ??= result.error; done(result); }),
      shutdown: () => exporter.shutdown(),
    })],
  });
  provider.register();
  const tracer = provider.getTracer("node-client");
  await tracer.startActiveSpan("GET /reviews", { kind: SpanKind.SERVER, attributes: { "http.route": "/reviews" } }, async request => {
    const attributes = { "server.address": catalog.hostname, "server.port": Number(catalog.port), "http.request.method": "GET" };
    await tracer.startActiveSpan("GET", { kind: SpanKind.CLIENT, attributes }, async call => {
      const headers = { "Shop-Service-Key": key };
      propagation.inject(context.active(), headers);
      const response = await fetch(new URL("/api/v1/products?limit=1", catalog), { headers });
      await response.arrayBuffer();
      call.setAttribute("http.response.status_code", response.status);
      call.end();
    });
    request.end();
  });
  await provider.shutdown();
  [trace, context, propagation].forEach(api => api.disable());
}

await handleRequest(`${process.env.SERVICE}-protobuf`, new ProtobufExporter());
await handleRequest(`${process.env.SERVICE}-json`, new JsonExporter());
if (failure) {
  throw failure;
}
