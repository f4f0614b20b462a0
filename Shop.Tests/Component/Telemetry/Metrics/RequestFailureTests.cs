using System.Text.RegularExpressions;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.Contracts.Catalog.V1;
using Shop.Tests.Support;
using Shop.Web.Authentication;
using CatalogBase = Shop.Contracts.Catalog.V1.Catalog.CatalogBase;
using CatalogClient = Shop.Contracts.Catalog.V1.Catalog.CatalogClient;

namespace Shop.Tests.Component.Telemetry.Metrics;

// Metrics are those of the whole process.
[Collection(TracingTestGroup.Name)]
public sealed partial class RequestFailureTests : IAsyncLifetime
{
    private readonly TestService _service = TestService.Build(
        builder => builder.Services.AddGrpc(),
        app =>
        {
            app.MapGrpcService<FailingCatalog>();
            app.MapPost("/form", () => Results.NoContent());
            app.MapGet("/broken", string () => throw new InvalidOperationException("broken"));
            app.MapGet("/unavailable", () => Results.StatusCode(503));
            app.MapGet("/missing", () => Results.NotFound());
            app.MapGet("/half", async (HttpContext context) =>
            {
                await context.Response.WriteAsync("first half");
                await context.Response.Body.FlushAsync();
                throw new InvalidOperationException("broken");
            });
        },
        settings: [("Kestrel:Endpoints:management:Url", "http://127.0.0.1:0"), ("Shop:LogSampling:Enabled", "false")]);

    public Task InitializeAsync() => _service.StartAsync();

    public async Task DisposeAsync() => await _service.DisposeAsync();

    [Theory]
    [InlineData(StatusCode.OK, "OK", false)]
    [InlineData(StatusCode.NotFound, "NOT_FOUND", false)]
    [InlineData(StatusCode.FailedPrecondition, "FAILED_PRECONDITION", false)]
    [InlineData(StatusCode.Unknown, "UNKNOWN", true)] // an exception in the method
    [InlineData(StatusCode.Internal, "INTERNAL", true)]
    [InlineData(StatusCode.Unavailable, "UNAVAILABLE", true)]
    public async Task Grpc_call_is_logged_and_measured_with_its_status(StatusCode status, string name, bool isError)
    {
        using var channel = GrpcChannel.ForAddress(_service.GetAddress("grpc"));
        var client = new CatalogClient(channel);
        try
        {
            await client.GetProductsAsync(new GetProductsRequest { Skus = { status.ToString() } });
            Assert.Equal(StatusCode.OK, status);
        }
        catch (RpcException exception)
        {
            Assert.Equal(status, exception.StatusCode);
        }

        var series = Assert.Single(await ScrapeAsync("rpc_server_call_duration_seconds_count"));
        Assert.Contains("rpc_system_name=\"grpc\"", series, StringComparison.Ordinal);
        Assert.Contains($"rpc_response_status_code=\"{name}\"", series, StringComparison.Ordinal);
        Assert.Matches("rpc_method=\"[A-Za-z0-9.]+Catalog/GetProducts\"", series);
        Assert.Equal(isError, series.Contains($"error_type=\"{name}\"", StringComparison.Ordinal));
        var record = Assert.Single(_service.Records, record => record.EventId.Name is "grpc_call.completed" or "grpc_call.failed");
        Assert.Equal(isError ? LogLevel.Error : LogLevel.Information, record.LogLevel);
        Assert.Contains($"responded 200 with gRPC status {name} in", record.FormattedMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/form", 204)]
    [InlineData("/nowhere", 404)]
    public async Task Content_type_of_gRPC_does_not_make_a_request_a_failed_call(string path, int status)
    {
        using var content = new ByteArrayContent([]) { Headers = { ContentType = new("application/grpc") } };
        using var response = await _service.Client.PostAsync(path, content);
        Assert.Equal(status, (int)response.StatusCode);
        (await _service.Client.GetAsync("/unavailable")).Dispose();

        // The later request is measured and logged, so the earlier one is as well.
        await ScrapeAsync("http_server_request_duration_seconds_count");
        await Integration.Support.Eventually.ReadAsync(
            () => Task.FromResult(_service.Records.Count(record => record.EventId.Name is "request.failed")), count => count > 0);
        var metrics = await _service.Client.GetStringAsync(new Uri(_service.GetAddress("management"), "/metrics"));
        Assert.DoesNotContain("rpc_response_status_code=\"UNKNOWN\"", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain(_service.Records, record => record.EventId.Name is "grpc_call.completed" or "grpc_call.failed");
        Assert.Single(_service.Records, record => record.LogLevel >= LogLevel.Error);
    }

    [Fact]
    public async Task Call_without_the_service_key_is_UNAUTHENTICATED_and_no_failure_of_the_service()
    {
        await using var service = await TestService.Build(
            builder => builder.Services.AddGrpc(),
            app => app.MapGrpcService<FailingCatalog>().RequireAuthorization(AuthorizationPolicies.Service),
            settings: [("Shop:LogSampling:Enabled", "false")]).StartAsync();
        using var channel = GrpcChannel.ForAddress(service.GetAddress("grpc"));

        var exception = await Assert.ThrowsAsync<RpcException>(
            async () => await new CatalogClient(channel).GetProductsAsync(new GetProductsRequest { Skus = { "OK" } }));

        Assert.Equal(StatusCode.Unauthenticated, exception.StatusCode);
        var record = await Integration.Support.Eventually.ReadAsync(
            () => Task.FromResult(
                service.Records.FirstOrDefault(record => record.EventId.Name is "grpc_call.completed" or "grpc_call.failed")),
            record => record is not null);
        Assert.Equal(LogLevel.Information, record!.LogLevel);
        Assert.Contains("with gRPC status UNAUTHENTICATED in", record.FormattedMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_grpc_methods_share_one_series()
    {
        using var channel = GrpcChannel.ForAddress(_service.GetAddress("grpc"));
        foreach (var invented in (string[])["a", "b"])
        {
            var method = new Method<string, string>(
                MethodType.Unary, invented, invented, Marshallers.StringMarshaller, Marshallers.StringMarshaller);
            await Assert.ThrowsAsync<RpcException>(async () =>
                await channel.CreateCallInvoker().AsyncUnaryCall(method, null, new CallOptions(), ""));
        }

        var series = Assert.Single(await ScrapeAsync("rpc_server_call_duration_seconds_count"));
        Assert.Contains("rpc_method=\"_OTHER\"", series, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Error_rate_counts_every_failed_request_also_one_whose_response_had_started()
    {
        foreach (var path in (string[])["/broken", "/unavailable", "/missing", "/echo"])
        {
            (await _service.Client.GetAsync(path)).Dispose();
        }

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _service.Client.GetStringAsync("/half"));

        // The selectors of the query in docs/metrics.md.
        var failed = (await ScrapeAsync("http_server_request_duration_seconds_count"))
            .Where(series => ServerError().IsMatch(series) || ErrorType().IsMatch(series))
            .Select(series => Route().Match(series).Groups[1].Value);
        Assert.Equal(["/broken", "/half", "/unavailable"], failed.Order());
        var record = Assert.Single(_service.Records, record => record.EventId.Name == "request.failed"
            && record.FormattedMessage!.Contains("/half", StringComparison.Ordinal));
        Assert.Equal(LogLevel.Error, record.LogLevel);
    }

    // A request is measured after its response has been sent.
    private async Task<IReadOnlyList<string>> ScrapeAsync(string metric) => await Integration.Support.Eventually.ReadAsync(
        async () =>
        {
            var text = await _service.Client.GetStringAsync(new Uri(_service.GetAddress("management"), "/metrics"));
            return (IReadOnlyList<string>)[.. text.Split('\n').Where(line => line.StartsWith(metric + "{", StringComparison.Ordinal))];
        },
        series => series.Count > 0);

    [GeneratedRegex("http_response_status_code=\"5..\"")]
    private static partial Regex ServerError();

    [GeneratedRegex("error_type=\"[^\"]+\"")]
    private static partial Regex ErrorType();

    [GeneratedRegex("http_route=\"([^\"]+)\"")]
    private static partial Regex Route();

    private sealed class FailingCatalog : CatalogBase
    {
        public override Task<GetProductsResponse> GetProducts(GetProductsRequest request, ServerCallContext context) =>
            Enum.Parse<StatusCode>(request.Skus[0]) switch
            {
                StatusCode.OK => Task.FromResult(new GetProductsResponse()),
                StatusCode.Unknown => throw new InvalidOperationException("broken"),
                var status => throw new RpcException(new Status(status, "asked for")),
            };
    }
}
