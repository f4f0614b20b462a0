using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Options;
using Shop.Tests.Support;
using Shop.Web.Authentication;

namespace Shop.Tests.Component.Web;

[Collection(TracingTestGroup.Name)]
public sealed class AccessControlTests
{
    private static readonly string _signingKey = Convert.ToBase64String(new byte[32]);

    [Theory]
    [InlineData(null)]
    [InlineData("member")]
    [InlineData("staff")]
    public async Task Endpoint_that_says_nothing_is_refused(string? role)
    {
        await using var service = await TestService.Build(
            map: app => app.MapGet("/api/forgotten", () => "secret"),
            denyByDefault: true,
            settings: BearerTokens.Settings(_signingKey)).StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/forgotten");
        request.Headers.Authorization = role is null ? null : new("Bearer", BearerTokens.Create(_signingKey, role));

        using var response = await service.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.DoesNotContain("secret", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ada", HttpStatusCode.OK)]
    [InlineData(null, HttpStatusCode.Forbidden)]
    public async Task Token_of_staff_must_name_its_subject(string? subject, HttpStatusCode expected)
    {
        await using var service = await TestService.Build(
            map: app => app.MapGet("/api/staff", () => "").RequireAuthorization(AuthorizationPolicies.Staff),
            settings: BearerTokens.Settings(_signingKey)).StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/staff");
        request.Headers.Authorization = new("Bearer", BearerTokens.Create(_signingKey, "staff", subject: subject));

        using var response = await service.Client.SendAsync(request);

        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData("member", "ada", HttpStatusCode.OK)]
    [InlineData("member", "auth0|5f7c8ec7c33c6c004bbafe82", HttpStatusCode.OK)]
    [InlineData("staff", "ada", HttpStatusCode.Forbidden)]
    [InlineData(null, "ada", HttpStatusCode.Forbidden)]
    [InlineData("member", null, HttpStatusCode.Forbidden)]
    [InlineData("member", "", HttpStatusCode.Forbidden)]
    [InlineData("member", "ada lovelace", HttpStatusCode.Forbidden)]
    [InlineData("member", "ada\0", HttpStatusCode.Forbidden)]
    [InlineData("member", "ada\n", HttpStatusCode.Forbidden)]
    [InlineData("member", "adä", HttpStatusCode.Forbidden)]
    [InlineData("member", "12345678901234567890123456789012345678901234567890123456789012345", HttpStatusCode.Forbidden)]
    public async Task Token_of_a_member_has_the_role_and_a_subject_that_can_be_stored(
        string? role, string? subject, HttpStatusCode expected)
    {
        await using var service = await StartForMembersAsync();
        var authorization = $"Bearer {BearerTokens.Create(_signingKey, role, subject: subject)}";

        Assert.Equal(expected, await GetAsync(service, "/api/members", authorization));
        Assert.Equal(expected, await GetAsync(service, "/api/everybody", authorization));
    }

    [Theory]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("bearer nonsense")]
    [InlineData("Bearer null")]
    [InlineData("Bearer a.b.c")]
    [InlineData("Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEiLCJyb2xlIjoibWVtYmVyIn0.")] // {"alg":"none"}
    [InlineData("Bearer\ttoken")]
    [InlineData("BearerToken")]
    [InlineData("very long")]
    [InlineData("expired")]
    [InlineData("another audience")]
    public async Task Invalid_token_does_not_make_its_bearer_a_guest(string authorization)
    {
        await using var service = await StartForMembersAsync();
        authorization = authorization switch
        {
            "expired" => $"Bearer {BearerTokens.Create(_signingKey, "member", expires: DateTime.UtcNow.AddMinutes(-10))}",
            "another audience" => $"Bearer {BearerTokens.Create(_signingKey, "member", audience: "another")}",
            "very long" => $"Bearer {new string('a', 12_000)}",
            _ => authorization,
        };

        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(service, "/api/everybody", authorization));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(service, "/api/members", authorization));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Basic YTpi")] // of a proxy in front
    public async Task Caller_without_a_bearer_token_is_a_guest(string? authorization)
    {
        await using var service = await StartForMembersAsync();

        Assert.Equal(HttpStatusCode.OK, await GetAsync(service, "/api/everybody", authorization, expectedMember: ""));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(service, "/api/members", authorization));
    }

    [Fact]
    public async Task Member_with_a_token_is_not_a_guest()
    {
        await using var service = await StartForMembersAsync();
        var token = BearerTokens.Create(_signingKey, "member", subject: "ada");

        Assert.Equal(HttpStatusCode.OK, await GetAsync(service, "/api/everybody", $"Bearer {token}", expectedMember: "ada"));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(service, "/api/everybody", $"bearer {token}", expectedMember: "ada"));
    }

    [Theory]
    [InlineData("SigningKeys:0:Value", "not base64")]
    [InlineData("SigningKeys:0:Value", "")]
    [InlineData("Authority", "http://identity.example")]
    [InlineData("Authority", "identity.example")]
    [InlineData("MetadataAddress", "http://identity.example/metadata")]
    [InlineData("BackchannelTimeout", "soon")]
    [InlineData("BackchannelTimeout", "00:00:00")]
    [InlineData("RefreshInterval", "00:00:00.5")]
    [InlineData("AutomaticRefreshInterval", "00:01:00")]
    public async Task Unusable_setting_of_bearer_authentication_stops_the_service_at_its_start(string setting, string value)
    {
        var name = $"Authentication:Schemes:Bearer:{setting}";
        await using var service = TestService.Build(
            settings: [.. BearerTokens.Settings(_signingKey).Where(valid => valid.Name != name), (name, value)]);

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(service.StartAsync);

        Assert.StartsWith($"{name} ", Assert.Single(exception.Failures), StringComparison.Ordinal);
    }

    private static Task<TestService> StartForMembersAsync() => TestService.Build(
        map: app =>
        {
            app.MapGet("/api/members", (ClaimsPrincipal user) => user.GetMemberId()).RequireAuthorization(AuthorizationPolicies.Member);
            app.MapGet("/api/everybody", (ClaimsPrincipal user) => user.GetMemberId() ?? "")
                .RequireAuthorization(AuthorizationPolicies.MemberOrGuest);
        },
        settings: BearerTokens.Settings(_signingKey)).StartAsync();

    private static async Task<HttpStatusCode> GetAsync(
        TestService service, string path, string? authorization, string? expectedMember = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (authorization is not null)
        {
            Assert.True(request.Headers.TryAddWithoutValidation("Authorization", authorization));
        }

        using var response = await service.Client.SendAsync(request);
        if (expectedMember is not null)
        {
            Assert.Equal(expectedMember, await response.Content.ReadAsStringAsync());
        }

        return response.StatusCode;
    }
}
