using Shop.Identity.Members;
using Shop.Identity.Provider;

namespace Shop.Identity.Data;

internal static class IdentityDataExtensions
{
    /// <summary>
    /// Adds the database. At each start, after the migrations, roles, clients and in Development the demo users are completed.
    /// </summary>
    public static void AddIdentityData(this IHostApplicationBuilder builder)
    {
        builder.AddPostgres<IdentityDbContext>("identitydb", async (services, cancellationToken) =>
        {
            await MemberSeed.RunAsync(services, addDemoUsers: builder.Environment.IsDevelopment());
            await ClientSeed.RunAsync(services, cancellationToken);
        });
    }
}
