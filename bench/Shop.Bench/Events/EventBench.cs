using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using RabbitMQ.Client;
using Shop.Bench.Application;
using Shop.Bench.Measurement;
using Shop.Messaging.JourneyEvents;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;

namespace Shop.Bench.Events;

/// <summary>
/// Journey events per second until the broker has confirmed them, compared with confirmed batches of the same bytes that RabbitMQ.Client
/// publishes alone.
/// </summary>
internal static class EventBench
{
    private const string Queue = "bench-journey-events";
    private const int BatchSize = 100; // the default of JourneyEventOptions.MaxBatchSize

    // Below half of the capacity, so that no event is spilled.
    private const int MaxQueued = 4_000;

    public static async Task RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var (rounds, events) = (arguments.GetInt32("rounds", 5), arguments.GetInt32("events", 200_000));
        var report = new Report(arguments, "events", "Journey events to the broker");
        await using var shop = await ShopApplication.StartAsync(1, new Dictionary<string, string>(), cancellationToken);
        var address = await shop.GetConnectionStringAsync("rabbitmq");
        await using var connection = await new ConnectionFactory { Uri = new(address) }.CreateConnectionAsync(cancellationToken);
        await using var channel = await OpenChannelAsync(connection, cancellationToken);
        await using var service = await StartServiceAsync(address, cancellationToken);
        Baggage.Current = default(Baggage).SetBaggage(
            new(JourneyKeys.SessionId, Guid.NewGuid().ToString("n")),
            new(JourneyKeys.JourneyId, Guid.NewGuid().ToString("n")),
            new(JourneyKeys.RequestId, Guid.NewGuid().ToString("n")),
            new(JourneyKeys.UserSegment, UserSegments.Returning));
        var body = CreateBody(service);

        var (bus, client) = (new List<double>(), new List<double>());
        for (var round = 0; round <= rounds; round++)
        {
            var rates = (
                Bus: events / await MeasureAsync(() => PublishWithBusAsync(service, events, cancellationToken)),
                Client: events / await MeasureAsync(() => PublishWithClientAsync(channel, body, events, cancellationToken)));
            // The first round warms up.
            if (round > 0)
            {
                bus.Add(rates.Bus);
                client.Add(rates.Client);
            }
        }

        report.AddParagraph($"""
            {rounds} alternating rounds with {events} events each, on one thread, in batches of {BatchSize} events
            and {body.Length} bytes, one batch in flight, to a durable queue. Brackets: the 95% confidence interval of the mean.
            """);
        report.AddTable("publisher", "events/s", "relative");
        report.AddRow("RabbitMQ.Client: confirmed batches of the same bytes", Estimate.Of(client).ToString("N0"), "1");
        report.AddRow(
            "Journey events, without their log records",
            Estimate.Of(bus).ToString("N0"),
            Estimate.Of(bus.Zip(client, (busRate, clientRate) => busRate / clientRate)).ToString("0.00"));
        report.Write();
    }

    private static async Task<IChannel> OpenChannelAsync(IConnection connection, CancellationToken cancellationToken)
    {
        var channel = await connection.CreateChannelAsync(
            new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellationToken);
        await channel.ExchangeDeclareAsync(
            JourneyEventExchange.Name, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);
        // The oldest messages are dropped.
        var arguments = new Dictionary<string, object?> { ["x-max-length"] = 100 };
        await channel.QueueDeclareAsync(
            Queue, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancellationToken);
        await channel.QueueBindAsync(Queue, JourneyEventExchange.Name, "", cancellationToken: cancellationToken);
        return channel;
    }

    private static async Task<WebApplication> StartServiceAsync(string address, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { ApplicationName = "Shop.Bench", EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        builder.Configuration["Kestrel:Endpoints:http:Url"] = "http://127.0.0.1:0";
        builder.Configuration["ConnectionStrings:rabbitmq"] = address;
        builder.Configuration["Shop:JourneyEvents:SpillPath"] = Path.Combine(Path.GetTempPath(), "shop-bench");
        builder.AddServiceDefaults();
        builder.AddJourneyEventPublishing();
        var service = builder.Build();
        await service.StartAsync(cancellationToken);
        return service;
    }

    private static byte[] CreateBody(WebApplication service)
    {
        var serializer = service.Services.GetRequiredService<JourneyEventSerializer>();
        var events = Enumerable.Range(0, BatchSize).Select(_ => serializer.Serialize("bench.line_changed", 1, null, BenchEvent.Fields));
        return JourneyEventBatch.FromEvents([.. events]).ReadBody()!;
    }

    private static async Task PublishWithBusAsync(WebApplication service, int events, CancellationToken cancellationToken)
    {
        var exporter = service.Services.GetRequiredService<IJourneyEventExporter>();
        var queue = service.Services.GetRequiredService<JourneyEventQueue>();
        var backlog = service.Services.GetRequiredService<JourneyEventBacklog>();
        for (var number = 0; number < events; number++)
        {
            exporter.Export("bench.line_changed", 1, null, BenchEvent.Fields);
            while (queue.Count > MaxQueued)
            {
                await Task.Delay(1, cancellationToken);
            }
        }

        while (queue.Count > 0 || backlog.First is not null)
        {
            await Task.Delay(1, cancellationToken);
        }
    }

    private static async Task PublishWithClientAsync(IChannel channel, byte[] body, int events, CancellationToken cancellationToken)
    {
        var properties = new BasicProperties { Persistent = true };
        for (var number = 0; number < events; number += BatchSize)
        {
            await channel.BasicPublishAsync(JourneyEventExchange.Name, "", mandatory: false, properties, body, cancellationToken);
        }
    }

    private static async Task<double> MeasureAsync(Func<Task> publish)
    {
        var start = TimeProvider.System.GetTimestamp();
        await publish();
        return TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }
}
