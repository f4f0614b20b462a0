using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Web;

/// <summary>Requests to a service that accepts them and does not answer, as a replica that hangs does.</summary>
[Collection(TracingTestGroup.Name)]
public sealed class HedgedReadTests : IAsyncLifetime
{
    // Each is sent five times more, as long as the budget allows it.
    private const int Reads = 30;

    // What a client has at its start.
    private const int Budget = 100;

    private readonly TaskCompletionSource _released = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _connections = new();
    private TestService? _service;
    private TestService? _caller;

    public async Task InitializeAsync()
    {
        _service = await TestService.Build(
            map: app =>
            {
                app.Map("/answers/{attempt:int}", async (int attempt, HttpContext context) =>
                {
                    if (Add(context) != attempt)
                    {
                        await _released.Task.WaitAsync(context.RequestAborted);
                    }

                    return context.Request.Headers["X-Note"].ToString();
                });
                app.Map("/hangs", (HttpContext context) =>
                {
                    Add(context);
                    return _released.Task.WaitAsync(context.RequestAborted);
                });
                app.MapGet("/fails/{attempt:int}", FailAsync);
                app.MapGet("/product", ViewAsync);
            },
            settings: [("Shop:TraceSampling:Probability", "1")]).StartAsync();
        _caller = TestService.Build(
            builder =>
            {
                builder.Services.AddServiceHttpClient<Client>("service");
                builder.Services.AddServiceHttpClient<OtherClient>("service");
            },
            settings: [("services:service:http:0", _service.GetAddress("http").ToString())]);
    }

    public async Task DisposeAsync()
    {
        _released.TrySetResult();
        await _caller!.DisposeAsync();
        await _service!.DisposeAsync();
    }

    [Theory]
    [InlineData("GET", 2)]
    [InlineData("GET", 3)]
    [InlineData("HEAD", 2)]
    public async Task Read_without_a_response_is_sent_again_on_another_connection(string method, int attempt)
    {
        using var request = new HttpRequestMessage(new(method), $"/answers/{attempt}") { Headers = { { "X-Note", "one" } } };

        using var response = await Http<Client>().SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(method == "GET" ? "one" : "", await response.Content.ReadAsStringAsync());
        Assert.Equal(attempt, _connections[$"/answers/{attempt}"].Distinct().Count());
    }

    [Fact]
    public async Task Change_without_a_response_is_not_sent_again()
    {
        var change = Http<Client>().PostAsync("/hangs", null);
        await WaitForRequestsAsync("/hangs", 1);

        await Http<Client>().GetStringAsync("/answers/3");

        Assert.Single(_connections["/hangs"]);
        _released.SetResult();
        using var response = await change;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Reads_of_a_service_that_is_slow_as_a_whole_are_sent_again_until_the_budget_is_spent()
    {
        var reads = Enumerable.Range(0, Reads).Select(_ => Http<Client>().GetStringAsync("/hangs")).ToList();
        await WaitForRequestsAsync("/hangs", Reads + Budget);

        // Takes longer than the time between two attempts, and has a budget of its own.
        await Http<OtherClient>().GetStringAsync("/answers/3");

        Assert.Equal(Reads + Budget, _connections["/hangs"].Count);
        _released.SetResult();
        await Task.WhenAll(reads);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Failure_of_an_attempt_does_not_come_before_the_response_of_the_other(int failing)
    {
        using var response = await Http<Client>().GetAsync($"/fails/{failing}");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, _connections[$"/fails/{failing}"].Count);
    }

    [Fact]
    public async Task Read_that_is_sent_again_is_viewed_once_by_the_replica_that_answers()
    {
        Assert.Equal("2", await Http<Client>().GetStringAsync("/product"));

        await _released.Task.WaitAsync(Eventually.Timeout);
        Assert.Equal([2], _service!.Records.Where(record => record.EventId.Name == "product.viewed")
            .Select(record => (int)record.Attributes!.Single(attribute => attribute.Key == "shop.item.available").Value!));
    }

    [Fact]
    public async Task Span_of_an_attempt_that_another_one_has_answered_is_no_error()
    {
        await Http<Client>().GetStringAsync("/answers/2");

        var attempts = await ReadAttemptsAsync("/answers/2", 2);
        Assert.Equal(new object?[] { null, 1 }, attempts.Select(span => span.GetTagItem("http.request.resend_count")));
        Assert.Equal(new object?[] { true, null }, attempts.Select(span => span.GetTagItem("shop.superseded")));
        Assert.All(attempts, span => Assert.Equal((ActivityStatusCode.Unset, null), (span.Status, span.GetTagItem("error.type"))));
    }

    [Fact]
    public async Task Spans_of_a_read_that_nothing_answers_are_errors()
    {
        using var timeout = new CancellationTokenSource();
        var read = Http<Client>().GetStringAsync("/hangs", timeout.Token);
        await WaitForRequestsAsync("/hangs", 2);
        await timeout.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        Assert.All(await ReadAttemptsAsync("/hangs", 2), span => Assert.Equal(ActivityStatusCode.Error, span.Status));
    }

    // One attempt fails when both have arrived; the other one succeeds a while later.
    private async Task<IResult> FailAsync(int attempt, HttpContext context)
    {
        var number = Add(context);
        await WaitForRequestsAsync(context.Request.Path, 2);
        if (number == attempt)
        {
            context.Response.OnCompleted(() =>
            {
                _released.TrySetResult();
                return Task.CompletedTask;
            });
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }

        await _released.Task.WaitAsync(context.RequestAborted);
        // Another client has received the failure by now, and more attempts would have followed.
        await Http<OtherClient>().GetStringAsync("/answers/2");
        return number <= 2 ? Results.Ok() : Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
    }

    // The first attempt goes on after its caller has the response of the second.
    private async Task<string> ViewAsync(JourneyEvents events, HttpContext context)
    {
        var number = Add(context);
        if (number == 1)
        {
            var aborted = new TaskCompletionSource();
            await using var registration = context.RequestAborted.Register(aborted.SetResult);
            await aborted.Task;
        }

        events.EmitView(new CatalogEvents.ProductViewed("mug-01", number, 1500, "EUR"));
        if (number == 1)
        {
            _released.SetResult();
        }

        return $"{number}";
    }

    private int Add(HttpContext context)
    {
        var connections = _connections.GetOrAdd(context.Request.Path, _ => []);
        lock (connections)
        {
            connections.Enqueue(context.Connection.Id);
            return connections.Count;
        }
    }

    private Task<int?> WaitForRequestsAsync(string path, int requests) => Eventually.ReadAsync(
        () => Task.FromResult(_connections.GetValueOrDefault(path)?.Count), count => count >= requests);

    private Task<List<Activity>> ReadAttemptsAsync(string path, int count) => Eventually.ReadAsync(
        () => Task.FromResult(_service!.Spans.Spans
            .Where(span => span.Kind == ActivityKind.Client && span.GetTagItem("url.full") is string url
                && url.EndsWith(path, StringComparison.Ordinal))
            .OrderBy(span => span.StartTimeUtc).ToList()),
        spans => spans.Count >= count);

    private HttpClient Http<TClient>() where TClient : Client => _caller!.Services.GetRequiredService<TClient>().Http;

    private class Client(HttpClient http)
    {
        public HttpClient Http { get; } = http;
    }

    private sealed class OtherClient(HttpClient http) : Client(http);
}
