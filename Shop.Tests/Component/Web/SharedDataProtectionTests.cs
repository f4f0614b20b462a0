using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Shop.Tests.Support;
using Shop.Web.DataProtection;

namespace Shop.Tests.Component.Web;

[Collection(TracingTestGroup.Name)]
public sealed class SharedDataProtectionTests
{
    private const string Keys = "Shop:DataProtection:Keys";
    private const string CurrentKey = "Shop:DataProtection:CurrentKey";

    private static readonly string _first = new('a', 32);
    private static readonly string _second = new('b', 32);

    [Fact]
    public async Task Replicas_and_restarts_with_the_same_secret_accept_each_others_sessions()
    {
        // Without a tracer provider in the process, ASP.NET Core reads no context, and problem details have no session id.
        await using var tracing = await TestService.Build().StartAsync();
        string token, session;
        using (var replica = InProcessService.StartStorefront(settings: ($"{Keys}:1", _first)))
        {
            (session, token) = await GetSessionAsync(replica, cookie: null);
        }

        using var other = InProcessService.StartStorefront(settings: ($"{Keys}:1", _first));
        using var foreign = InProcessService.StartStorefront(settings: ($"{Keys}:1", _second));

        Assert.Equal(session, (await GetSessionAsync(other, token)).SessionId);
        Assert.NotEqual(session, (await GetSessionAsync(foreign, token)).SessionId);
    }

    [Theory]
    [InlineData("storefront")]
    [InlineData("identity")]
    //#if (withInsights)
    [InlineData("insights")]
    //#endif
    public async Task Form_of_one_replica_can_be_sent_to_another(string name)
    {
        using var replica = InProcessService.Start(name, settings: ($"{Keys}:1", _first));
        using var other = InProcessService.Start(name, settings: ($"{Keys}:1", _first));
        using var foreign = InProcessService.Start(name, settings: ($"{Keys}:1", _second));
        var tokens = replica.Services.GetRequiredService<IAntiforgery>().GetTokens(CreateContext(replica));

        Assert.True(await IsValidAsync(other, tokens));
        Assert.False(await IsValidAsync(foreign, tokens));
    }

    [Fact]
    public void Rotated_key_still_reads_and_the_new_one_writes()
    {
        var before = Create(($"{Keys}:1", _first));
        var added = Create(($"{Keys}:1", _first), ($"{Keys}:2", _second), (CurrentKey, "1"));
        var rotated = Create(($"{Keys}:1", _first), ($"{Keys}:2", _second), (CurrentKey, "2"));
        var after = Create(($"{Keys}:2", _second));

        Assert.Equal("text", added.Unprotect(before.Protect("text")));
        Assert.Equal("text", before.Unprotect(added.Protect("text")));
        Assert.Equal("text", rotated.Unprotect(before.Protect("text")));
        Assert.Equal("text", added.Unprotect(rotated.Protect("text")));
        Assert.Equal("text", after.Unprotect(rotated.Protect("text")));
        Assert.Throws<CryptographicException>(() => after.Unprotect(before.Protect("text")));
    }

    [Fact]
    public void Keys_are_neither_created_nor_stored()
    {
        using var service = InProcessService.Start("storefront", settings: ($"{Keys}:1", _first));
        var options = service.Services.GetRequiredService<IOptions<KeyManagementOptions>>().Value;
        service.Services.GetDataProtector("test").Protect("text");

        Assert.IsType<ConfiguredKeyRepository>(options.XmlRepository);
        Assert.False(options.AutoGenerateKeys);
        var key = Assert.Single(service.Services.GetRequiredService<IKeyManager>().GetAllKeys());
        Assert.True(key.ExpirationDate > DateTimeOffset.UtcNow.AddYears(100));
    }

    [Theory]
    [InlineData("Keys:1", "short", "Keys:1")]
    [InlineData("Keys:a b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "Keys")]
    [InlineData("Keys:2", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "CurrentKey")]
    [InlineData("CurrentKey", "2", "CurrentKey")]
    public void Invalid_setting_stops_the_service_at_its_start_and_reveals_no_secret(string setting, string value, string named)
    {
        var exception = Assert.Throws<OptionsValidationException>(() => InProcessService.Start(
            "storefront", settings: [($"{Keys}:0", _first), ($"Shop:DataProtection:{setting}", value)]));

        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("short is", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_first, exception.Message, StringComparison.Ordinal);
    }

    private static IDataProtector Create(params (string Name, string? Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, setting.Value)));
        builder.AddSharedDataProtection();
        return builder.Services.BuildServiceProvider().GetDataProtector("test");
    }

    private static async Task<(string SessionId, string Token)> GetSessionAsync(InProcessService service, string? cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/nowhere");
        if (cookie is not null)
        {
            request.Headers.Add("Cookie", cookie);
        }

        using var response = await service.Client.SendAsync(request);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var token = response.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies.Single().Split(';')[0] : "";
        return (problem.RootElement.GetProperty("sessionId").GetString()!, token);
    }

    private static DefaultHttpContext CreateContext(InProcessService service) => new() { RequestServices = service.Services };

    private static Task<bool> IsValidAsync(InProcessService service, AntiforgeryTokenSet tokens)
    {
        var options = service.Services.GetRequiredService<IOptions<AntiforgeryOptions>>().Value;
        var context = CreateContext(service);
        context.Request.Method = HttpMethods.Post;
        context.Request.Headers.Cookie = $"{options.Cookie.Name}={tokens.CookieToken}";
        context.Request.Headers[tokens.HeaderName!] = tokens.RequestToken;
        return service.Services.GetRequiredService<IAntiforgery>().IsRequestValidAsync(context);
    }
}
