using Shop.Contracts.Journeys;
using Shop.Identity.Data;
using Shop.Identity.Members;
using Shop.Identity.Pages;
using Shop.Identity.Provider;

var builder = WebApplication.CreateBuilder(args);
builder.AddIdentityData();
builder.AddServiceDefaults();
builder.AddShopJourneyKeys();
builder.AddSharedDataProtection();
builder.AddMembers();
builder.AddProvider();
builder.AddPages();

var app = builder.Build();
app.UseTrustedProxies();
app.UsePublicAddress();
app.UseAttemptLimit();
app.UsePageHeaders();
app.UseStyleSheet();
app.UseServiceDefaults();
app.UseForms();
app.MapDefaultEndpoints();
app.MapProvider();
app.MapPages();
app.Run();
