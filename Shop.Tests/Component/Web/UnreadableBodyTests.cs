using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Web;

/// <summary>Sends bodies that cannot be read to every operation of every service.</summary>
public class UnreadableBodyTests
{
    private static readonly string _signingKey = Convert.ToBase64String(new byte[32]);

    private static readonly (string Name, byte[] Body, string? ContentType, HttpStatusCode Status)[] _bodies =
    [
        ("not JSON", "name=value"u8.ToArray(), "application/json", HttpStatusCode.BadRequest),
        ("truncated", "{"u8.ToArray(), "application/json", HttpStatusCode.BadRequest),
        ("not UTF-8", [0xC3, 0x28], "application/json", HttpStatusCode.BadRequest),
        ("a list", "[]"u8.ToArray(), "application/json", HttpStatusCode.BadRequest),
        ("null", "null"u8.ToArray(), "application/json", HttpStatusCode.BadRequest),
        ("missing", [], null, HttpStatusCode.BadRequest),
        ("text", "text"u8.ToArray(), "text/plain", HttpStatusCode.UnsupportedMediaType),
        ("another charset", "{}"u8.ToArray(), "application/json; charset=utf-16", HttpStatusCode.UnsupportedMediaType),
    ];

    // Insights has no operation with a body.
    public static TheoryData<string> Services => [.. InProcessService.NamesWithApi.Except(["insights"])];

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Every_operation_explains_a_body_that_it_cannot_read(string name)
    {
        using var service = InProcessService.Start(name, settings: BearerTokens.Settings(_signingKey));
        // The webhook reads its body itself, after it has verified the signature.
        var operations = service.Endpoints
            .Where(endpoint => endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType is not null
                && endpoint.RoutePattern.RawText != "/payment/confirm")
            .ToList();

        Assert.NotEmpty(operations);
        foreach (var operation in operations)
        {
            foreach (var body in _bodies)
            {
                using var request = CreateRequest(operation, body.Body, body.ContentType);
                using var response = await service.Client.SendAsync(request);
                var text = await response.Content.ReadAsStringAsync();
                Assert.True(body.Status == response.StatusCode, $"{request.RequestUri}: {body.Name} -> {response.StatusCode} {text}");
                Assert.DoesNotMatch("System\\.|Exception|Shop\\.| at ", text);
                using var problem = JsonDocument.Parse(text);
                Assert.True(
                    problem.RootElement.TryGetProperty("code", out _) || problem.RootElement.TryGetProperty("detail", out _),
                    $"{request.RequestUri}: {body.Name} -> {text}");
            }
        }
    }

    private static HttpRequestMessage CreateRequest(RouteEndpoint operation, byte[] body, string? contentType)
    {
        var method = operation.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods[0];
        var path = Regex.Replace(operation.RoutePattern.RawText!, @"\{[^}]+\}", "00000000-0000-0000-0000-000000000001");
        var role = path.Contains("/admin/", StringComparison.Ordinal) ? "staff" : "member";
        return new(new(method), path)
        {
            Headers = { Authorization = new("Bearer", BearerTokens.Create(_signingKey, role)) },
            Content = contentType is null
                ? null
                : new ByteArrayContent(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(contentType) } },
        };
    }
}
