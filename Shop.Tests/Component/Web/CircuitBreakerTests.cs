using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Polly.CircuitBreaker;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Web;

/// <summary>Which calls of a service are not made because earlier ones have failed.</summary>
public sealed class CircuitBreakerTests : IAsyncLifetime
{
    // More than a circuit breaker needs to open.
    private const int Calls = 200;

    private TestService? _service;
    private TestService? _caller;

    private int _received;

    public async Task InitializeAsync()
    {
        _service = await TestService.Build(map: app =>
        {
            app.MapPost("/unavailable", () =>
            {
                Interlocked.Increment(ref _received);
                return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
            });
            app.MapPost("/available", () => "");
        }).StartAsync();
        _caller = TestService.Build(
            builder =>
            {
                builder.Services.AddServiceHttpClient<Client>("service");
                builder.Services.AddServiceHttpClient<OtherClient>("service");
                builder.Services.AddServiceHttpClient<ClientOfNobody>("nobody");
                builder.Services.AddServiceHttpClient<ClientOfNetwork>("network")
                    .ConfigurePrimaryHttpMessageHandler(() => new UnansweredConnection());
            },
            settings:
            [
                ("services:service:http:0", _service.GetAddress("http").ToString()), ("services:nobody:http:0", "http://127.0.0.1:1"),
                ("services:network:http:0", "http://127.0.0.1:2"),
            ]);
    }

    public async Task DisposeAsync()
    {
        await _caller!.DisposeAsync();
        await _service!.DisposeAsync();
    }

    [Fact]
    public async Task Service_that_cannot_be_reached_is_not_called_for_seconds_and_others_are_called()
    {
        var http = _caller!.Services.GetRequiredService<ClientOfNobody>().Http;
        for (var call = 0; call < Calls; call++)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => PostAsync(http, "/available"));
        }

        await Assert.ThrowsAsync<BrokenCircuitException>(() => PostAsync(http, "/available"));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(_caller.Services.GetRequiredService<Client>().Http, "/available"));
    }

    [Fact]
    public async Task Service_whose_connections_time_out_is_not_called_for_seconds()
    {
        var http = _caller!.Services.GetRequiredService<ClientOfNetwork>().Http;
        for (var call = 0; call < Calls; call++)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => PostAsync(http, "/available"));
        }

        await Assert.ThrowsAsync<BrokenCircuitException>(() => PostAsync(http, "/available"));
    }

    [Fact]
    public async Task Service_that_answers_some_requests_with_503_is_called_nevertheless()
    {
        var http = _caller!.Services.GetRequiredService<Client>().Http;
        for (var call = 0; call < Calls; call++)
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await PostAsync(http, "/unavailable"));
        }

        Assert.Equal(Calls, _received);
        Assert.Equal(HttpStatusCode.OK, await PostAsync(http, "/available"));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(_caller.Services.GetRequiredService<OtherClient>().Http, "/available"));
    }

    // A request that is not retried.
    private static async Task<HttpStatusCode> PostAsync(HttpClient http, string path)
    {
        using var response = await http.PostAsync(new Uri(path, UriKind.Relative), content: null);
        return response.StatusCode;
    }

    private sealed class Client(HttpClient http)
    {
        public HttpClient Http => http;
    }

    private sealed class OtherClient(HttpClient http)
    {
        public HttpClient Http => http;
    }

    private sealed class ClientOfNobody(HttpClient http)
    {
        public HttpClient Http => http;
    }

    private sealed class ClientOfNetwork(HttpClient http)
    {
        public HttpClient Http => http;
    }

    // The exception of SocketsHttpHandler when its ConnectTimeout is over.
    private sealed class UnansweredConnection : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromException<HttpResponseMessage>(new TaskCanceledException("The connection took too long.", new TimeoutException()));
    }
}
