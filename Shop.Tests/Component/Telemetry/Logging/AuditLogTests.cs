using Microsoft.AspNetCore.Builder;
using Shop.Telemetry.Events;
using Shop.Tests.Support;
using Shop.Web.Authentication;

namespace Shop.Tests.Component.Telemetry.Logging;

[Collection(TracingTestGroup.Name)]
public class AuditLogTests
{
    private static readonly string _signingKey = Convert.ToBase64String(new byte[32]);

    [Fact]
    public async Task Audit_record_says_who_made_the_change()
    {
        await using var service = await TestService.Build(
            map: app => app.MapGet("/api/change", (AuditLog audit) => audit.WriteText("price changed"))
                .RequireAuthorization(AuthorizationPolicies.Staff),
            settings: BearerTokens.Settings(_signingKey)).StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/change");
        request.Headers.Authorization = new("Bearer", BearerTokens.Create(_signingKey, "staff"));

        (await service.Client.SendAsync(request)).Dispose();

        var record = Assert.Single(service.Records, record => record.CategoryName == AuditLog.Category);
        Assert.Equal("test", record.Values()["user.id"]);
        Assert.Equal("price changed", record.Values()["Text"]);
        Assert.Equal("Text: price changed (by test)", record.FormattedMessage);
        Assert.Equal("Text: {Text}", record.Body);
    }
}
